import { LogUnavailable } from '@candor/event-store';
import type { BatchEvent } from '@candor/read-models';
import { sizeOf } from './feed.js';

/** Events held at most, and their bytes: as much as one batch of a feed. */
const MAX_EVENTS = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * What the views of this process followed last, for who follows a little behind them: read a second time, an event costs
 * the store, the wire and the decoding as much as the first time. Holds a bounded number of events and waits for nobody:
 * who falls behind goes back to the store.
 */
export class Tap {
  /** Undefined while nobody follows. Everything wanted after this position is held. */
  private start: bigint | undefined;
  private readonly held: BatchEvent[] = [];
  private bytes = 0;
  private readonly waiting = new Set<() => void>();

  /** @param wanted which events are held */
  constructor(private readonly wanted: (event: BatchEvent) => boolean) {}

  /** From after this position on, −1 for the beginning, every batch will be offered. */
  open(start: bigint): void {
    this.start = start;
  }

  /** The next batch, in the order of the log. */
  offer(batch: readonly BatchEvent[]): void {
    for (const event of batch) {
      if (!this.wanted(event)) continue;
      this.held.push(event);
      this.bytes += sizeOf(event.stored);
    }
    while (this.held.length > MAX_EVENTS || this.bytes > MAX_BYTES) this.drop();
    this.wakeAll();
  }

  /** What was followed may not be the same log any more: whoever waits is told. */
  close(): void {
    this.start = undefined;
    this.held.length = 0;
    this.bytes = 0;
    this.wakeAll();
  }

  /** Whether everything wanted after a position is held, or will be. */
  holds(after: bigint): boolean {
    return this.start !== undefined && after >= this.start;
  }

  /**
   * The first events after a position, once there are any; undefined when they are not held any more.
   * @throws LogUnavailable nobody follows any more; the signal's reason
   */
  async next(after: bigint, max: number, signal: AbortSignal): Promise<readonly BatchEvent[] | undefined> {
    for (;;) {
      signal.throwIfAborted();
      if (this.start === undefined) throw new LogUnavailable('the log is not followed any more');
      if (!this.holds(after)) return undefined;
      const next = this.held.findIndex(({ position }) => position > after);
      if (next !== -1) return this.held.slice(next, next + max);
      await this.news(signal);
    }
  }

  private drop(): void {
    const first = this.held.shift();
    if (first === undefined) return;
    this.start = first.position;
    this.bytes -= sizeOf(first.stored);
  }

  private news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  private wakeAll(): void {
    for (const wake of [...this.waiting]) wake();
  }
}
