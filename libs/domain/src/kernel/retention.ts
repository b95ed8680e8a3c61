import type { Timestamp } from './entry.js';

/** The classes that keys are of. */
export const keyClasses = ['account', 'access', 'delivery', 'reading'] as const;
export type KeyClass = (typeof keyClasses)[number];

/** How long an event's keys live, named by its type. `public` has no key: no field of it is ever personal. */
export type Retention = KeyClass | 'public';

/**
 * The key period an event falls in (formats v1 §3.7): the UTC year of recordedAt, or its month for the classes that
 * live no longer than a year. `2026` or `2026-11`.
 */
export function periodOf(retention: Retention, recordedAt: Timestamp): string {
  switch (retention) {
    case 'account':
    case 'access':
    case 'public':
      return recordedAt.slice(0, 4);
    case 'delivery':
    case 'reading':
      return recordedAt.slice(0, 7);
  }
}
