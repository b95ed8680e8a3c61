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
/** How long a batch is waited for to fill: while the end of the log is not in sight, and at the end after a large one. */
const LINGER_MS = { behind: 20, busy: 40 } as const;
/** After so many events at once more are on their way, which share what a batch costs. */
const MANY = 64;

/**
 * One subscription to `$all`, handed out in batches: full ones while there is a backlog, and at the end of the log
 * whatever came while the batch before was written, and a moment longer when that was much. Events are decoded as they
 * come, which is while the batch before is being written. Holds two batches at most; a slow taker slows the store.
 */
export class Feed {
  private readonly queue: BatchEvent[] = [];
  private bytes = 0;
  private live = false;
  /** Whether the last batch was large. */
  private busy = false;
  /** When the first of the queue came. */
  private filledAt = 0;
  /** Everything that passes the filter up to here was taken in. */
  private passed: bigint;
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
    this.passed = after ?? -1n;
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
   * The next batch, never empty but where the taker leaves.
   * @param upTo events after this position are left for later; looked at again whenever the feed is poked
   * @param leave asked while nothing is there to be taken, with the position up to which nothing more will come
   * @throws what ended the subscription, once everything before it was taken; Undecodable; the signal's reason
   */
  async take(
    max = this.maxEvents,
    upTo?: () => bigint,
    leave?: (passed: bigint) => boolean,
  ): Promise<readonly BatchEvent[]> {
    const since = performance.now();
    this.wanted = Math.min(max, this.maxEvents);
    for (;;) {
      this.signal.throwIfAborted();
      const ready = this.ready(this.wanted, upTo?.(), since);
      if (ready > 0) return this.dequeue(ready);
      if (this.queue.length === 0 && leave?.(this.passed) === true) return [];
      if (this.ended !== undefined && this.queue.length === 0) throw this.ended.reason;
      await this.news(this.lingerMs);
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

  /** Undefined where nothing is waited for but the first event. */
  private get lingerMs(): number | undefined {
    if (!this.live) return LINGER_MS.behind;
    return this.busy && this.queue.length > 0 ? LINGER_MS.busy : undefined;
  }

  private ready(max: number, upTo: bigint | undefined, since: number): number {
    const allowed = upTo === undefined ? this.queue.length : countUpTo(this.queue, upTo, max);
    const full = allowed >= max || this.bytes >= MAX_BYTES;
    const settled =
      this.ended !== undefined ||
      allowed < this.queue.length ||
      performance.now() - Math.max(since, this.filledAt) >= (this.lingerMs ?? 0);
    return full || settled ? Math.min(allowed, max) : 0;
  }

  private dequeue(count: number): readonly BatchEvent[] {
    const batch = this.queue.splice(0, count);
    for (const { stored } of batch) this.bytes -= sizeOf(stored);
    this.busy = batch.length >= MANY;
    this.wakePump?.();
    return batch;
  }

  private async pump(subscription: ReturnType<EventLog['subscribeAll']>): Promise<void> {
    for await (const message of subscription) {
      switch (message.kind) {
        case 'caught-up':
          this.live = true;
          break;
        case 'checkpoint':
          this.passed = message.position;
          if (this.queue.length === 0) this.wakeTaker?.();
          continue;
        case 'event':
          while (this.isFull() && !this.signal.aborted) await this.room();
          if (this.queue.length === 0) this.filledAt = performance.now();
          this.queue.push(decoded(message.event));
          this.bytes += sizeOf(message.event);
          this.passed = message.event.position;
      }
      // Waking the taker for every single event of many would cost as much as the event.
      const { length } = this.queue;
      if (this.lingerMs === undefined || length <= 1 || length >= this.wanted || this.bytes >= MAX_BYTES)
        this.wakeTaker?.();
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

/** @throws Undecodable */
function decoded(stored: StoredEvent): BatchEvent {
  try {
    return decodeBatchEvent(stored);
  } catch (error) {
    throw new Undecodable(stored, error);
  }
}

/** How many of the first events lie at or before a position; looks no further than `max`. */
function countUpTo(queue: readonly { readonly position: bigint }[], position: bigint, max: number): number {
  let count = 0;
  while (count < max && (queue[count]?.position ?? position + 1n) <= position) count++;
  return count;
}

export const sizeOf = ({ data, metadata }: StoredEvent): number => data.length + metadata.length;
