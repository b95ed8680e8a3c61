/** Less than this between the two clocks is an adjustment. */
const SLEPT_MS = 1_000;

/**
 * Milliseconds that never step back, and go on while the machine is asleep or a virtual one is stopped, where a monotonic
 * clock may stand still: what was known before is old then. A wall clock that is set forward only makes things older.
 */
export function passing(
  monotonic: () => number = () => performance.now(),
  wall: () => number = Date.now,
): () => number {
  let [steady, told, slept] = [monotonic(), wall(), 0];
  return () => {
    const [steadyNow, toldNow] = [monotonic(), wall()];
    const gap = toldNow - told - (steadyNow - steady);
    if (gap > SLEPT_MS) slept += gap;
    [steady, told] = [steadyNow, toldNow];
    return steadyNow + slept;
  };
}
