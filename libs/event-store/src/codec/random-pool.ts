import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4_096;

/**
 * Random bytes of the system, fetched many at a time: one call for each seed and nonce is a tenth of encoding. Nothing
 * is handed out twice, and what was handed out is wiped here.
 */
export class RandomPool {
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #used = POOL_BYTES;

  /** @param length at most 4,096 */
  take(length: number): Uint8Array {
    if (length > POOL_BYTES) throw new RangeError(`at most ${POOL_BYTES} bytes at a time`);
    if (this.#used + length > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const end = this.#used + length;
    const bytes = Uint8Array.from(this.#pool.subarray(this.#used, end));
    this.#pool.fill(0, this.#used, end);
    this.#used = end;
    return bytes;
  }
}
