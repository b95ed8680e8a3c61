/** Lets work through up to a total weight, in the order it came. */
export class Gate {
  #free: number;
  readonly #capacity: number;
  readonly #waiting: { readonly weight: number; readonly enter: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /** Waits for its turn; what is heavier than all there is goes alone. Each entry MUST leave once, with the same weight. */
  async enter(weight: number): Promise<void> {
    const taken = Math.min(weight, this.#capacity);
    if (this.#waiting.length === 0 && taken <= this.#free) this.#free -= taken;
    else await new Promise<void>((enter) => this.#waiting.push({ weight: taken, enter }));
  }

  leave(weight: number): void {
    this.#free += Math.min(weight, this.#capacity);
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || next.weight > this.#free) return;
      this.#waiting.shift();
      this.#free -= next.weight;
      next.enter();
    }
  }

  async run<T>(weight: number, work: () => Promise<T>): Promise<T> {
    await this.enter(weight);
    try {
      return await work();
    } finally {
      this.leave(weight);
    }
  }
}
