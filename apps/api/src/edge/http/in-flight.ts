import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What a request may take, in milliseconds: a command has ten seconds, a read waits five for its view and asks eight.
 * Whatever takes longer has values of a page or a batch at a time.
 */
export const LONGEST_REQUEST = 30_000;

/** Requests that were taken in and not yet answered: they may hold what was opened before. */
export class InFlight {
  private readonly open = new Set<Promise<void>>();

  begin(response: { once(event: 'close', listener: () => void): unknown }): void {
    const ended = new Promise<void>((resolve) => {
      // Also where the caller has gone.
      response.once('close', () => {
        resolve();
      });
    }).then(() => {
      this.open.delete(ended);
    });
    this.open.add(ended);
  }

  /** Undefined where there is none; else resolves when those that are open now have ended, or could have. */
  settled(longest: number = LONGEST_REQUEST): Promise<void> | undefined {
    if (this.open.size === 0) return undefined;
    const waiting = new AbortController();
    const all = Promise.all(this.open).then(() => {
      waiting.abort();
    });
    return Promise.race([all, sleep(longest, undefined, { signal: waiting.signal, ref: false })]).catch(
      () => undefined,
    );
  }
}
