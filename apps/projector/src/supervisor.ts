import type { Logger } from 'pino';
import { WrongStore } from './following/store-identity.js';

/** Something that runs until it is told to stop. */
export interface Runner {
  readonly name: string;
  readonly state: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Runs everything side by side, and stops everything when told to, or when one of them cannot go on. */
export class Supervisor {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> | undefined;

  constructor(
    readonly runners: readonly Runner[],
    private readonly logger: Logger,
  ) {}

  /** Settles when everything has stopped. @throws WrongStore */
  async run(): Promise<void> {
    const { signal } = this.stopping;
    const ends = this.runners.map((runner) =>
      runner.run(signal).catch((error: unknown) => {
        this.stopping.abort(error);
        throw error;
      }),
    );
    this.running = Promise.allSettled(ends);
    await this.running;
    const reason: unknown = signal.reason;
    if (reason instanceof WrongStore) throw reason;
    for (const end of ends) await end;
  }

  /** Lets what is being written be written, then ends. */
  async stop(): Promise<void> {
    this.logger.info('stopping');
    this.stopping.abort();
    await this.running;
  }
}
