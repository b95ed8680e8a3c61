/** What has to be undone, latest first, and all of it even where a part fails. */
export class Stops {
  private readonly steps: (() => void | Promise<void>)[] = [];

  push(step: () => void | Promise<void>): void {
    this.steps.push(step);
  }

  async run(): Promise<void> {
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop())
      try {
        await step();
      } catch {
        // Whatever did not stop ends with this process: every child watches it.
      }
  }
}
