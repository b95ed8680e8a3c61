import { Problem } from './problem/problem.js';

/** Lets at most so many through at once; the others wait in order, and beyond a number they are refused. */
export class Semaphore {
  private readonly waiting: (() => void)[] = [];

  constructor(
    private free: number,
    private readonly waitAtMost = Infinity,
  ) {}

  /** @throws Problem `service.busy` when too many wait */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else if (this.waiting.length >= this.waitAtMost) throw Problem.of('service.busy');
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
