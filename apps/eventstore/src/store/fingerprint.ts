/**
 * Says whether two tables hold the same rows, whatever their order: a sum over the rows, 64 bits. Finds what happens to a
 * disk; somebody who chooses what to write is found by the checksums and the running hash.
 */
export class Fingerprint {
  #rows = 0;
  #one = 0;
  #other = 0;

  add(...values: readonly number[]): void {
    let one = 0x9e3779b9;
    let other = 0x85ebca6b;
    for (const value of values) {
      one = mixed(one, value | 0, 0xcc9e2d51);
      one = mixed(one, Math.floor(value / 2 ** 32), 0xcc9e2d51);
      other = mixed(other, Math.floor(value / 2 ** 32), 0x1b873593);
      other = mixed(other, value | 0, 0x1b873593);
    }
    this.#rows += 1;
    this.#one = (this.#one + one) | 0;
    this.#other = (this.#other + other) | 0;
  }

  get rows(): number {
    return this.#rows;
  }

  equals(fingerprint: Fingerprint): boolean {
    return (
      this.#rows === fingerprint.#rows && this.#one === fingerprint.#one && this.#other === fingerprint.#other
    );
  }
}

function mixed(sum: number, word: number, factor: number): number {
  const product = Math.imul(sum ^ word, factor);
  return Math.imul(product ^ (product >>> 15), 0x2c1b3c6d) ^ (product >>> 13);
}
