/** Restarts within the window that are still taken for bad luck. */
const MOST = 5;
const WINDOW_MS = 60_000;

/** Counts how often something had to be started again of late. */
export class Restarts {
  private times: number[] = [];

  /** @returns how many there were within the last minute, this one included; undefined: too many */
  count(): number | undefined {
    const now = performance.now();
    this.times = [...this.times.filter((time) => time > now - WINDOW_MS), now];
    return this.times.length > MOST ? undefined : this.times.length;
  }
}
