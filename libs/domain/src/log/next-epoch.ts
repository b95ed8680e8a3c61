/** What is known of the last epoch. */
export interface LastEpoch {
  readonly epoch: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly slots: number;
}

/** Number, time and size of the epoch that may follow. */
export interface NextEpoch {
  readonly epoch: number;
  /** Seconds since 1970. */
  readonly time: number;
  /** A power of two. */
  readonly slots: number;
}

/** The least number of slots (formats v1 §5.1). */
const LEAST_SLOTS = 1024;

/**
 * The next epoch's number, time and slots (formats v1 §5.1, §5.5): the number follows, time grows strictly, and slots are
 * doubled before half of them are used, never halved.
 * @param now seconds since 1970
 * @param assigned how many slots are assigned, and the highest of them; −1 where none is
 * @returns undefined while the clock has not passed the last epoch's time: an epoch with a made-up time would be a lie
 */
export function nextEpoch(
  last: LastEpoch | undefined,
  now: number,
  assigned: { readonly used: number; readonly highest: number },
): NextEpoch | undefined {
  const time = Math.floor(now);
  if (last !== undefined && time <= last.time) return undefined;
  let slots = last?.slots ?? LEAST_SLOTS;
  while (assigned.used * 2 >= slots || assigned.highest >= slots) slots *= 2;
  return { epoch: (last?.epoch ?? -1) + 1, time, slots };
}
