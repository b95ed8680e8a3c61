/** How long to wait after the nth failure (0-based), in milliseconds: growing, bounded, never in step with others. */
export function backOff(attempt: number): number {
  const most = Math.min(1_000, 10 * 2 ** Math.min(attempt, 10));
  return most / 2 + (Math.random() * most) / 2;
}
