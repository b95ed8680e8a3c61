import { b64, equalBytes } from '@candor/crypto';
import type { EventLog, StoredEvent } from '@candor/event-store';
import type { LogOrigin, Place } from '@candor/read-models';
import { LogBehind } from './log-behind.js';
import type { Head, LogKey } from './log-key.js';
import { originsOf } from './log-origins.js';
import { headFrom, streamOf } from './recorded-head.js';

/** A head as a view says that it was recorded. */
export interface PlacedHead extends Head, LogOrigin {
  /** Of the event in its stream. */
  readonly place: Place;
}

/** Facts that were seen in the store: heads, and names of logs. */
const KNOWN_AT_MOST = 20_000;

/**
 * Signs heads of logs, and only those that the event store has, under a name that it has (formats v1 §4.2): views may be
 * damaged, or restored, and what is signed cannot be taken back. Each is looked for once.
 */
export class HeadSigner {
  private readonly known = new Set<string>();

  constructor(
    private readonly log: Pick<EventLog, 'readAll' | 'readStream'>,
    private readonly key: LogKey,
    /** Told of a head that a view has and the store does not. */
    private readonly alarm: (head: PlacedHead) => void = () => undefined,
  ) {}

  /**
   * The signed checkpoint of a recorded head. The same head always gives the same bytes.
   * @throws LogBehind when the store does not have it; LogUnavailable
   */
  async note(origin: string, head: PlacedHead): Promise<string> {
    const { log, succession, size, root } = head;
    await this.once(
      `${log} ${succession} ${origin}`,
      head,
      async () => (await originsOf(this.log, log))[succession] === origin,
    );
    await this.once(`${log} ${succession} ${size} ${b64(root)}`, head, async () => {
      const stored = await this.eventAt(head.place);
      return stored !== undefined && isOf(stored, head);
    });
    return this.key.note(origin, head);
  }

  /** @throws LogBehind for what the store does not bear out */
  private async once(fact: string, head: PlacedHead, holds: () => Promise<boolean>): Promise<void> {
    if (this.known.has(fact)) return;
    if (!(await holds())) {
      this.alarm(head);
      throw new LogBehind('the event store does not have a head that a view has');
    }
    this.known.add(fact);
    for (const oldest of this.known) {
      if (this.known.size <= KNOWN_AT_MOST) break;
      this.known.delete(oldest);
    }
  }

  private async eventAt({ position, eventId }: Place): Promise<StoredEvent | undefined> {
    for await (const stored of this.log.readAll({ from: position, limit: 1 }))
      return stored.position === position && stored.id === eventId ? stored : undefined;
    return undefined;
  }
}

function isOf(stored: StoredEvent, head: PlacedHead): boolean {
  if (stored.stream !== streamOf(head)) return false;
  const { size, root } = head;
  const recorded = headFrom(stored);
  return recorded.size === size && equalBytes(recorded.root, root);
}
