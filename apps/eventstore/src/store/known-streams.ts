import { hash, randomBytes } from 'node:crypto';

const SHARDS = 256;
/** An entry: 64 bits of the name's hash, and one more than the revision. */
const WORDS = 3;
const FIRST_SLOTS = 4;
const MOST_FULL = 0.7;
const HIGHEST = 2 ** 32 - 2;

/** Stands for a stream's name. */
export type StreamKey = Uint8Array;

/**
 * A key that nobody outside this process can choose: two names of one key would make a sound log look damaged.
 * @param secret from `KnownStreams.secret`
 */
export function streamKey(secret: string, stream: string): StreamKey {
  return hash('sha256', secret + stream, 'buffer');
}

/**
 * How far streams go at least, by what was acknowledged or read in the log's own order: what an index says is held against
 * it, because a damaged index looks like a shorter stream, or none. Takes 12 bytes for a stream, up to 36 while it grows.
 */
export class KnownStreams {
  readonly secret = randomBytes(16).toString('hex');
  readonly #shards = Array.from({ length: SHARDS }, () => new Shard());

  keyOf(stream: string): StreamKey {
    return streamKey(this.secret, stream);
  }

  /** The last revision that is known, −1 for none. */
  lastOf(stream: string | StreamKey): number {
    const [shard, high, low] = this.#place(stream);
    return shard.get(high, low) - 1;
  }

  /** A revision of the stream is there; a lower one than is known changes nothing. */
  raise(stream: string | StreamKey, revision: number): void {
    const [shard, high, low] = this.#place(stream);
    shard.raise(high, low, Math.min(revision, HIGHEST) + 1);
  }

  #place(stream: string | StreamKey): [Shard, number, number] {
    const key = typeof stream === 'string' ? this.keyOf(stream) : stream;
    const view = new DataView(key.buffer, key.byteOffset, 8);
    const low = view.getUint32(4);
    return [this.#shards[low % SHARDS] ?? new Shard(), view.getUint32(0), low];
  }
}

/** An open-addressed table; many small ones grow without a pause that anybody notices. */
class Shard {
  #slots = FIRST_SLOTS;
  #used = 0;
  #words = new Uint32Array(FIRST_SLOTS * WORDS);

  get(high: number, low: number): number {
    return this.#words[this.#find(high, low) + 2] ?? 0;
  }

  raise(high: number, low: number, value: number): void {
    const at = this.#find(high, low);
    const before = this.#words[at + 2] ?? 0;
    if (value <= before) return;
    this.#words.set([high, low, value], at);
    if (before === 0 && (this.#used += 1) > this.#slots * MOST_FULL) this.#grow();
  }

  /** Where the entry is, or would be. */
  #find(high: number, low: number): number {
    for (let slot = high % this.#slots; ; slot = (slot + 1) % this.#slots) {
      const at = slot * WORDS;
      if (this.#words[at + 2] === 0) return at;
      if (this.#words[at] === high && this.#words[at + 1] === low) return at;
    }
  }

  #grow(): void {
    const old = this.#words;
    this.#slots *= 2;
    this.#words = new Uint32Array(this.#slots * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      const entry = old.subarray(at, at + WORDS);
      if (entry[2] !== 0) this.#words.set(entry, this.#find(entry[0] ?? 0, entry[1] ?? 0));
    }
  }
}
