/**
 * A 64-bit revision or position of a request. Those of this store stay below 2^53; whatever lies above is as
 * good as the highest of them.
 */
export function fromUint64(text: string): number {
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER - 1);
}
