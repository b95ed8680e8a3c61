import { setTimeout as sleep } from 'node:timers/promises';

export interface BackoffOptions {
  /** Of the first wait, in milliseconds. */
  readonly first: number;
  readonly longest: number;
}

/** Waits that double up to a limit, each shortened by chance so that processes do not come back together. */
export class Backoff {
  private failures = 0;

  constructor(private readonly options: BackoffOptions) {}

  /** After progress the next wait is short again. */
  reset(): void {
    this.failures = 0;
  }

  /** Resolves early when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const full = Math.min(this.options.first * 2 ** this.failures, this.options.longest);
    this.failures += 1;
    await sleep(full * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
  }
}
