import { type EventLog, type LogFilter, type StoredEvent } from '@candor/event-store';
import { type BatchEvent, decodeBatchEvent } from '@candor/read-models';

export interface FeedOptions {
  /** The last event that was followed; null from the beginning. */
  readonly after: bigint | null;
  readonly filter?: LogFilter;
  /** Events in a batch at most. Default 1,000. */
  readonly maxEvents?: number;
}

/** An event that is no entry. Everything before it has been taken. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
  constructor(
    readonly event: StoredEvent,
    cause: unknown,
  ) {
    super(`event ${event.id} cannot be decoded`, { cause });
  }
}

const MAX_BYTES = 4 * 1024 * 1024;
/** How long a batch is waited for to fill, as long as the end of the log is not in sight. */
const LINGER_MS = 20;

/**
 * One subscription to `$all`, handed out in batches: full ones while there is a backlog, and at the end of the log
 * whatever came while the batch before was written. Events are decoded as they are handed out, so that what waits is
 * small. Holds two batches at most; a slow taker slows the store.
 */
export class Feed {
  private readonly queue: StoredEvent[] = [];
  private bytes = 0;
  private live = false;
  /** How many events the taker waits for while there is a backlog. */
  private wanted = 1;
  private ended: { readonly reason: unknown } | undefined;
  private wakeTaker: (() => void) | undefined;
  private wakePump: (() => void) | undefined;
  private readonly maxEvents: number;

  constructor(
    log: EventLog,
    { after, filter, maxEvents = 1_000 }: FeedOptions,
    private readonly signal: AbortSignal,
  ) {
    this.maxEvents = maxEvents;
    signal.addEventListener(
      'abort',
      () => {
        this.poke();
        this.wakePump?.();
      },
      { once: true },
    );
    const subscription = log.subscribeAll({
      ...(after === null ? {} : { after }),
      ...(filter === undefined ? {} : { filter }),
      signal,
    });
    this.pump(subscription).catch((error: unknown) => {
      this.end(error);
    });
  }

  /**
   * The next batch, never empty.
   * @param upTo events after this position are left for later; looked at again whenever the feed is poked
   * @throws what ended the subscription, once everything before it was taken; Undecodable; the signal's reason
   */
  async take(max = this.maxEvents, upTo?: () => bigint): Promise<readonly BatchEvent[]> {
    const since = performance.now();
    this.wanted = Math.min(max, this.maxEvents);
    for (;;) {
      this.signal.throwIfAborted();
      const ready = this.ready(this.wanted, upTo?.(), since);
      if (ready > 0) return this.dequeue(ready);
      if (this.ended !== undefined && this.queue.length === 0) throw this.ended.reason;
      await this.news(this.live ? undefined : LINGER_MS);
    }
  }

  /** Whether the end of the log was reached and everything up to it was taken. */
  get atEnd(): boolean {
    return this.live && this.queue.length === 0;
  }

  /** Makes a taker look again at its bound. */
  poke(): void {
    this.wakeTaker?.();
  }

  private ready(max: number, upTo: bigint | undefined, since: number): number {
    const allowed = upTo === undefined ? this.queue.length : countUpTo(this.queue, upTo, max);
    const full = allowed >= max || this.bytes >= MAX_BYTES;
    const settled =
      this.live ||
      this.ended !== undefined ||
      allowed < this.queue.length ||
      performance.now() - since >= LINGER_MS;
    return full || settled ? Math.min(allowed, max) : 0;
  }

  /** Decodes the first events; one that is no entry ends the batch before it, and is what the next take throws. */
  private dequeue(count: number): readonly BatchEvent[] {
    const batch: BatchEvent[] = [];
    for (const stored of this.queue.slice(0, count)) {
      const event = this.decode(stored);
      if (event === undefined) break;
      batch.push(event);
      this.bytes -= sizeOf(stored);
    }
    this.queue.splice(0, batch.length);
    if (batch.length === 0) throw this.ended?.reason;
    this.wakePump?.();
    return batch;
  }

  private decode(stored: StoredEvent): BatchEvent | undefined {
    try {
      return decodeBatchEvent(stored);
    } catch (error) {
      this.ended = { reason: new Undecodable(stored, error) };
      return undefined;
    }
  }

  private async pump(subscription: ReturnType<EventLog['subscribeAll']>): Promise<void> {
    for await (const message of subscription) {
      switch (message.kind) {
        case 'caught-up':
          this.live = true;
          break;
        case 'checkpoint':
          continue;
        case 'event':
          while (this.isFull() && !this.signal.aborted) await this.room();
          this.queue.push(message.event);
          this.bytes += sizeOf(message.event);
      }
      // Waking the taker for every single event of a backlog would cost as much as the event.
      if (this.live || this.queue.length >= this.wanted || this.bytes >= MAX_BYTES) this.wakeTaker?.();
    }
    this.end(this.signal.reason ?? new Error('the subscription ended'));
  }

  private end(reason: unknown): void {
    this.ended ??= { reason };
    this.wakeTaker?.();
  }

  private isFull(): boolean {
    return this.queue.length >= 2 * this.maxEvents || this.bytes >= 2 * MAX_BYTES;
  }

  private room(): Promise<void> {
    return new Promise((resolve) => {
      this.wakePump = resolve;
    });
  }

  private news(timeoutMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
      this.wakeTaker = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** How many of the first events lie at or before a position; looks no further than `max`. */
function countUpTo(queue: readonly StoredEvent[], position: bigint, max: number): number {
  let count = 0;
  while (count < max && (queue[count]?.position ?? position + 1n) <= position) count++;
  return count;
}

const sizeOf = ({ data, metadata }: StoredEvent): number => data.length + metadata.length;
