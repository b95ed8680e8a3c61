import { Worker } from 'node:worker_threads';
import { NodeFailure, reasonOf } from './failures.js';
import type { KnownStreams } from './known-streams.js';
import type { FromRounds, RoundSetup, ToRounds } from './round-messages.js';

/** At the start half of the time of one thread, later a tenth of it. */
const FIRST_REST = 1;
const LATER_REST = 9;
const BETWEEN_MS = 6 * 60 * 60 * 1000;
/** A log of so many events is known before anything is answered: it takes half a second, without rest. */
const FEW_EVENTS = 20_000;
const SAY_EVERY_MS = 60_000;
const YOUNG_MB = 8;

export interface RoundsOptions {
  readonly directory: string;
  readonly known: KnownStreams;
  readonly lastPosition: () => number;
  readonly failed: (failure: NodeFailure) => void;
  /** Hears how far a round is, now and then if it takes long, and of the end of the first. */
  readonly say: (line: string) => void;
}

/**
 * Proves the whole log beside the running node, from its start on and then four times a day, by a thread and a connection of
 * its own; and fills, on the way, what is known of the streams.
 */
export class Rounds {
  /** Resolves when indexes are no longer believed alone, or at once if that would take long; rejects on damage. */
  readonly certain: Promise<void>;
  readonly #options: RoundsOptions;
  readonly #worker: Worker;
  #settle!: { readonly resolve: () => void; readonly reject: (failure: NodeFailure) => void };
  #timer: NodeJS.Timeout | undefined;
  #began = 0;
  #said = 0;
  #proven = false;
  #over = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.certain = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Who waits hears of it; nobody need wait.
    this.certain.catch(() => undefined);
    const few = options.lastPosition() <= FEW_EVENTS;
    if (!few) this.#settle.resolve();
    const { directory, known } = options;
    this.#worker = new Worker(new URL('./round-thread.js', import.meta.url), {
      workerData: { directory, secret: known.secret } satisfies RoundSetup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.unref();
    this.#worker.on('message', (message: FromRounds) => {
      this.#hear(message);
    });
    this.#worker.on('error', (error) => {
      this.#fail(new NodeFailure(`The event log cannot be read: ${reasonOf(error)}.`));
    });
    this.#begin(few ? 0 : FIRST_REST);
  }

  async stop(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#settle.resolve();
    await this.#worker.terminate();
  }

  #begin(rest: number): void {
    this.#began = this.#said = performance.now();
    const message: ToRounds = { acknowledged: this.#options.lastPosition(), rest };
    this.#worker.postMessage(message);
  }

  #hear(message: FromRounds): void {
    if (this.#over) return;
    switch (message.kind) {
      case 'events': {
        for (const [index, last] of message.lasts.entries())
          this.#options.known.raise(message.keys.subarray(index * 8, index * 8 + 8), last);
        this.#say(`${message.position} events are proven so far`, SAY_EVERY_MS);
        return;
      }
      case 'indexes':
        this.#settle.resolve();
        return;
      case 'proven': {
        const took = performance.now() - this.#began;
        // Of a later round that took no minute nobody wants to hear.
        if (!this.#proven || took > SAY_EVERY_MS)
          this.#say(
            `the log is sound: ${message.position} events were read in ${Math.ceil(took / 1000)} s`,
            0,
          );
        this.#proven = true;
        this.#timer = setTimeout(() => {
          this.#begin(LATER_REST);
        }, BETWEEN_MS).unref();
        return;
      }
      case 'failed':
        this.#fail(new NodeFailure(message.failure));
    }
  }

  #say(line: string, every: number): void {
    if (performance.now() - this.#said < every) return;
    this.#said = performance.now();
    this.#options.say(line);
  }

  #fail(failure: NodeFailure): void {
    if (this.#over) return;
    this.#settle.reject(failure);
    this.#options.failed(failure);
  }
}
