import { Inject, Injectable } from '@nestjs/common';
import type { Uuid } from '@candor/domain';
import { decodeEntry, type EventLog } from '@candor/event-store';
import { LOG } from '../../ports.js';

const KNOWN_AT_MOST = 50_000;

/**
 * To which log a stream belongs. A stream that is named by an id of the path alone may be another tenant's: it MUST be
 * asked here before anything is decided on it.
 */
@Injectable()
export class StreamOwners {
  private readonly known = new Map<string, Uuid>();

  constructor(@Inject(LOG) private readonly log: EventLog) {}

  /** False also for a stream that does not exist: from outside the two look the same. */
  async owns(log: Uuid, stream: string): Promise<boolean> {
    const known = this.known.get(stream) ?? (await this.ownerOf(stream));
    return known === log;
  }

  /** The first entry of a stream names the log of all. */
  private async ownerOf(stream: string): Promise<Uuid | undefined> {
    for await (const stored of this.log.readStream(stream, { limit: 1 })) {
      const { log } = decodeEntry(stored).json;
      if (log === null) return undefined;
      if (this.known.size >= KNOWN_AT_MOST) this.known.clear();
      this.known.set(stream, log);
      return log;
    }
    return undefined;
  }
}
