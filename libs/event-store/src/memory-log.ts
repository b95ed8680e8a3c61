import { checkAppend } from './append-check.js';
import {
  LogUnavailable,
  WrongExpectedRevision,
  type Appended,
  type EncodedEvent,
  type EventLog,
  type ExpectedRevision,
  type LogFilter,
  type LogMessage,
  type StoredEvent,
} from './event-log.js';
import { passes } from './log-filter.js';

/** Positions have gaps, as in a real store, so that nobody counts with them. */
const POSITION_STEP = 7n;
/** A subscription with a filter tells its position at least every so many events it left out. */
const CHECKPOINT_EVERY = 32;

/** The log in memory: for tests, and for trying things out. Keeps the whole contract but durability. */
export class MemoryLog implements EventLog {
  readonly #all: StoredEvent[] = [];
  readonly #streams = new Map<string, StoredEvent[]>();
  readonly #waiting = new Set<() => void>();
  #closed = false;

  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
  ): Promise<Appended> {
    await this.#open();
    checkAppend(stream, events);
    const stored = this.#streams.get(stream) ?? [];
    const at = expected === 'no-stream' ? 0 : Number(expected) + 1;
    if (at === stored.length) return this.#write(stream, stored, events);
    const before = stored[at + events.length - 1];
    if (before !== undefined && events.every((event, i) => stored[at + i]?.id === event.id)) {
      return { revision: before.revision, position: before.position };
    }
    throw new WrongExpectedRevision(stream, expected, stored.at(-1)?.revision ?? 'no-stream');
  }

  async *readStream(
    stream: string,
    options: { readonly from?: bigint; readonly limit?: number } = {},
  ): AsyncGenerator<StoredEvent, void, undefined> {
    await this.#open();
    const from = Number(options.from ?? 0n);
    const found = (this.#streams.get(stream) ?? []).slice(from, from + (options.limit ?? Infinity));
    for (const event of found) yield event;
  }

  async *readAll(
    options: { readonly from?: bigint; readonly limit?: number; readonly filter?: LogFilter } = {},
  ): AsyncGenerator<StoredEvent, void, undefined> {
    await this.#open();
    const end = this.#all.length;
    let left = options.limit ?? Infinity;
    for (let i = this.#indexFrom(options.from ?? 0n); i < end && left > 0; i++) {
      const event = this.#all[i];
      if (event === undefined || !passes(options.filter, event)) continue;
      left--;
      yield event;
    }
  }

  async *subscribeAll(options: {
    readonly after?: bigint;
    readonly filter?: LogFilter;
    readonly signal: AbortSignal;
  }): AsyncGenerator<LogMessage, void, undefined> {
    const { filter, signal } = options;
    let next = options.after === undefined ? 0 : this.#indexFrom(options.after + 1n);
    let caughtUp = false;
    let leftOut = 0;
    for (;;) {
      if (signal.aborted) return;
      await this.#open();
      const event = this.#all[next];
      if (event !== undefined) {
        next++;
        if (passes(filter, event)) yield { kind: 'event', event };
        else if (++leftOut % CHECKPOINT_EVERY === 0) yield { kind: 'checkpoint', position: event.position };
        continue;
      }
      if (!caughtUp) {
        caughtUp = true;
        const last = this.#all.at(-1)?.position ?? 0n;
        if (last > (options.after ?? 0n)) yield { kind: 'checkpoint', position: last };
        yield { kind: 'caught-up' };
        continue;
      }
      await this.#commitOrAbort(signal);
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    return Promise.resolve();
  }

  #write(stream: string, stored: StoredEvent[], events: readonly EncodedEvent[]): Appended {
    for (const event of events) {
      const kept: StoredEvent = {
        id: event.id,
        type: event.type,
        data: Uint8Array.from(event.data),
        metadata: Uint8Array.from(event.metadata),
        stream,
        revision: BigInt(stored.length),
        position: BigInt(this.#all.length + 1) * POSITION_STEP,
      };
      stored.push(kept);
      this.#all.push(kept);
    }
    this.#streams.set(stream, stored);
    this.#wake();
    return { revision: BigInt(stored.length - 1), position: BigInt(this.#all.length) * POSITION_STEP };
  }

  /** Index of the first event at or after a position. */
  #indexFrom(position: bigint): number {
    if (position <= POSITION_STEP) return 0;
    return Math.min(this.#all.length, Number((position + POSITION_STEP - 1n) / POSITION_STEP) - 1);
  }

  async #open(): Promise<void> {
    await Promise.resolve();
    if (this.#closed) throw new LogUnavailable('the log is closed');
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #commitOrAbort(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }
}
