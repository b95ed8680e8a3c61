import type { RunningHash } from './platform.js';

const BLOCK = 64;

/** The first 32 bits of the fractional parts of the cube (`root` 3) or square roots of the first primes. */
function rootsOfPrimes(count: number, root: 2 | 3): Uint32Array {
  const words = new Uint32Array(count);
  for (let prime = 2, found = 0; found < count; prime++) {
    if (isPrime(prime)) words[found++] = ((root === 2 ? Math.sqrt(prime) : Math.cbrt(prime)) % 1) * 2 ** 32;
  }
  return words;
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}

const K = rootsOfPrimes(64, 3);
const INITIAL = rootsOfPrimes(8, 2);

/** SHA-256 (FIPS 180-4) in plain JavaScript, for where there is no synchronous one. */
export class PlainSha256 implements RunningHash {
  private readonly state = INITIAL.slice();
  private readonly block = new Uint8Array(BLOCK);
  private readonly schedule = new Uint32Array(64);
  private filled = 0;
  private length = 0;

  update(bytes: Uint8Array): this {
    this.length += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const take = Math.min(BLOCK - this.filled, bytes.length - at);
      this.block.set(bytes.subarray(at, at + take), this.filled);
      this.filled += take;
      at += take;
      if (this.filled === BLOCK) this.compress();
    }
    return this;
  }

  digest(): Uint8Array {
    const bits = this.length * 8;
    const padding = new Uint8Array(((BLOCK + 55 - this.filled) % BLOCK) + 9);
    padding[0] = 0x80;
    const tail = new DataView(padding.buffer, padding.length - 8);
    tail.setUint32(0, Math.floor(bits / 2 ** 32));
    tail.setUint32(4, bits % 2 ** 32);
    this.update(padding);
    const digest = new DataView(new ArrayBuffer(32));
    for (const [i, word] of this.state.entries()) digest.setUint32(i * 4, word);
    return new Uint8Array(digest.buffer);
  }

  private compress(): void {
    const w = this.expand();
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = this.state;
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] ?? 0) + (w[i] ?? 0)) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    const out = [a, b, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) this.state[i] = (this.state[i] ?? 0) + (out[i] ?? 0);
    this.filled = 0;
  }

  private expand(): Uint32Array {
    const w = this.schedule;
    const block = new DataView(this.block.buffer);
    for (let i = 0; i < 16; i++) w[i] = block.getUint32(i * 4);
    for (let i = 16; i < 64; i++) {
      const before15 = w[i - 15] ?? 0;
      const before2 = w[i - 2] ?? 0;
      const s0 = rotate(before15, 7) ^ rotate(before15, 18) ^ (before15 >>> 3);
      const s1 = rotate(before2, 17) ^ rotate(before2, 19) ^ (before2 >>> 10);
      w[i] = (w[i - 16] ?? 0) + s0 + (w[i - 7] ?? 0) + s1;
    }
    return w;
  }
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}
