interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one call of many: what is asked within one turn of the event loop, or while a call is under way, goes into the
 * next call together.
 */
export class Batcher<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running = false;

  /** @param run answers in the order of the items; called with 1 to `max` of them, one call at a time */
  constructor(
    private readonly run: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly max: number,
  ) {}

  add(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.running) return;
      this.running = true;
      setImmediate(() => void this.drain());
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) await this.call(this.waiting.splice(0, this.max));
    this.running = false;
  }

  private async call(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.run(batch.map(({ item }) => item));
      for (const [i, { resolve, reject }] of batch.entries()) {
        if (i < results.length) resolve(results[i] as Result);
        else reject(new Error('a batch was answered in part'));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
