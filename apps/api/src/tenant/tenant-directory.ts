import { Inject, Injectable } from '@nestjs/common';
import { logOrigin } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import { decodeEntry, type EventLog, type StoredEvent } from '@candor/event-store';
import { Problem } from '../edge/problem/problem.js';
import { LOG } from '../ports.js';

const KNOWN_AT_MOST = 100_000;

interface Known {
  /** Why there is none: the entry is damaged. */
  readonly origin: string | Error;
}

/** Which tenants exist, and what their logs are called. A tenant exists once its log has its first entry, and for ever after. */
@Injectable()
export class TenantDirectory {
  private readonly known = new Map<Uuid, Known>();

  constructor(@Inject(LOG) private readonly log: EventLog) {}

  async exists(tenant: Uuid): Promise<boolean> {
    return (await this.find(tenant)) !== undefined;
  }

  /** @throws Problem `tenant.unknown` */
  async require(tenant: Uuid): Promise<void> {
    if (!(await this.exists(tenant))) throw Problem.of('tenant.unknown');
  }

  /**
   * The name of a tenant's log (formats v1 §1.7). Whoever is to answer with a receipt asks before anything is stored.
   * @throws Problem `tenant.unknown`; CorruptEntry when the log's entry 0 cannot be read
   */
  async originOf(tenant: Uuid): Promise<string> {
    const found = await this.find(tenant);
    if (found === undefined) throw Problem.of('tenant.unknown');
    if (found.origin instanceof Error) throw found.origin;
    return found.origin;
  }

  private async find(tenant: Uuid): Promise<Known | undefined> {
    const known = this.known.get(tenant);
    if (known !== undefined) return known;
    for await (const event of this.log.readStream(`tenant-${tenant}`, { limit: 1 })) {
      if (event.revision !== 0n) return undefined;
      const found = { origin: originIn(event) };
      this.known.set(tenant, found);
      for (const oldest of this.known.keys()) {
        if (this.known.size <= KNOWN_AT_MOST) break;
        this.known.delete(oldest);
      }
      return found;
    }
    return undefined;
  }
}

function originIn(entry0: StoredEvent): string | Error {
  try {
    const { slot, operator } = decodeEntry(entry0).json.body;
    if (typeof slot === 'number' && typeof operator === 'string')
      return logOrigin(operator, slot, entry0.data);
    return new Error('the first entry of a log names no slot');
  } catch (error) {
    return error instanceof Error ? error : new Error('an entry cannot be read', { cause: error });
  }
}
