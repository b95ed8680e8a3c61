/** The number of slots, 2^k with k ≥ 10, of which so many are used: the least of which less than half are (formats v1 §5.1). */
export function slotSpace(used: number): number {
  let slots = 1024;
  while (used * 2 >= slots) slots *= 2;
  return slots;
}
