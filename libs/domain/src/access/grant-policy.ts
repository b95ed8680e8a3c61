import type { Timestamp } from '../kernel/entry.js';
import { DAY, SECOND } from '../kernel/time.js';

/** How long a grant may last. */
export const LONGEST_GRANT = 366 * DAY;

/** A permit lives 30 s, and clocks may differ by 5 (formats v1 §8.2). */
export const LAST_USE = 35 * SECOND;

export interface GrantTimes {
  readonly from: Timestamp;
  readonly until: Timestamp;
  readonly revokedAt: Timestamp | null;
}

/**
 * Whether a grant can be used at a moment: in [from, until) and before its revocation. A revocation is said first,
 * because it was somebody's decision.
 */
export function standing(
  { from, until, revokedAt }: GrantTimes,
  time: Timestamp,
): 'usable' | 'revoked' | 'expired' | 'not-yet-valid' {
  if (revokedAt !== null && revokedAt <= time) return 'revoked';
  if (time >= until) return 'expired';
  return time < from ? 'not-yet-valid' : 'usable';
}
