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

/** How long the keys of a class live after their period has ended, and why so long. */
export interface RetentionTerm {
  readonly days: number;
  /** What it follows from. */
  readonly citation: string;
}

/**
 * The terms an installation begins with; each can be set to another one by its configuration. None is legal advice: the
 * controller sets them (GDPR Art. 5(1)(e), 5(2)).
 */
export const retentionTerms: Readonly<Record<KeyClass, RetentionTerm>> = {
  account: {
    days: 3_653,
    citation:
      'Who held which right, and what was agreed: evidence for claims, ten years at most (GDPR Art. 17(3)(e); limitation periods of national law, e.g. BGB § 199)',
  },
  access: {
    days: 1_096,
    citation:
      'Who saw what: evidence of accountability and for claims of data subjects (GDPR Art. 5(2), 82; three years, e.g. BGB § 195)',
  },
  delivery: {
    days: 183,
    citation:
      'That a message was delivered: needed for faults and abuse only, months at most (GDPR Art. 5(1)(c), 5(1)(e); ePrivacy Directive 2002/58 Art. 6(1), 15(1))',
  },
  reading: {
    days: 366,
    citation:
      'Who read the log: detection of misuse (GDPR Art. 32(1)(d); PCI DSS 4.0 10.5.1 keeps a year of audit history)',
  },
};

/** What a term may be set to, in days: a day, or a century. */
export const RETENTION_BOUNDS = { least: 1, most: 36_525 } as const;

/** The last period of a class whose keys have lapsed by a time: those of every earlier one have, too. */
export function lastLapsed(retention: KeyClass, days: number, at: Timestamp): string {
  const running = periodOf(retention, new Date(Date.parse(at) - days * 86_400_000).toISOString());
  const [year = NaN, month] = running.split('-').map(Number);
  const before = month === undefined ? Date.UTC(year - 1, 0) : Date.UTC(year, month - 2);
  return periodOf(retention, new Date(before).toISOString());
}

/** When the keys of a class and a period lapse: at the period's end and its term after. */
export function lapsesAt(period: string, days: number): Timestamp {
  const [year = NaN, month] = period.split('-').map(Number);
  const end = month === undefined ? Date.UTC(year + 1, 0) : Date.UTC(year, month);
  return new Date(end + days * 86_400_000).toISOString();
}
