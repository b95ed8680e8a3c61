import type { KnownStream } from './known-stream.js';
import type { AnyDecider } from './pending.js';

export interface StreamCacheOptions {
  readonly maxStreams: number;
  /** Commands remembered over all streams: what a long stream costs. */
  readonly maxCommands: number;
  /** At most 60,000: opened personal values outlive their keys by no more (formats v1 §3.5). */
  readonly ttlMs: number;
  readonly uptime: () => number;
}

/** The streams last used, within bounds of number and age. Old ones go also when nobody asks for them. */
export class StreamCache {
  readonly #known = new Map<string, { readonly known: KnownStream; readonly commands: number }>();
  readonly #options: StreamCacheOptions;
  #commands = 0;
  #sweep: NodeJS.Timeout | undefined;
  #clearedAt = -Infinity;

  constructor(options: StreamCacheOptions) {
    if (!(options.ttlMs <= 60_000)) throw new RangeError('a cached state lives at most 60 s');
    this.#options = options;
  }

  get size(): number {
    return this.#known.size;
  }

  get(stream: string, decider: AnyDecider): KnownStream | undefined {
    const kept = this.#known.get(stream);
    if (kept === undefined) return undefined;
    if (kept.known.decider !== decider || this.#expired(kept.known)) {
      this.drop(stream);
      return undefined;
    }
    this.#known.delete(stream);
    this.#known.set(stream, kept);
    return kept.known;
  }

  put(stream: string, known: KnownStream): void {
    this.drop(stream);
    if (this.#expired(known) || known.since <= this.#clearedAt) return;
    // Counted now: the map is shared and may grow before this is dropped.
    const commands = known.commands.size;
    this.#known.set(stream, { known, commands });
    this.#commands += commands;
    for (const oldest of this.#known.keys()) {
      const { maxStreams, maxCommands } = this.#options;
      if (this.#known.size <= maxStreams && this.#commands <= maxCommands) break;
      this.drop(oldest);
    }
    this.#armSweep();
  }

  /** Drops everything, also what is being read now: it may hold values that were erased meanwhile. */
  clear(): void {
    this.#known.clear();
    this.#commands = 0;
    this.#clearedAt = this.#options.uptime();
  }

  drop(stream: string): void {
    const kept = this.#known.get(stream);
    if (kept === undefined) return;
    this.#known.delete(stream);
    this.#commands -= kept.commands;
  }

  #expired(known: KnownStream): boolean {
    return this.#options.uptime() - known.since >= this.#options.ttlMs;
  }

  #armSweep(): void {
    if (this.#known.size === 0) return;
    this.#sweep ??= setTimeout(() => {
      this.#sweep = undefined;
      for (const [stream, { known }] of this.#known) if (this.#expired(known)) this.drop(stream);
      this.#armSweep();
    }, this.#options.ttlMs / 4).unref();
  }
}
