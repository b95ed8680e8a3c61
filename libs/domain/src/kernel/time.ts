import type { Timestamp } from './entry.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/** How far a given time may be from the command's own: clocks differ. */
export const TOLERANCE = 5 * MINUTE;

/** The last moment the form `YYYY-MM-DDTHH:MM:SS.mmmZ` can write. */
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** `ms` after (or, negative, before) a time. Total: what is no time comes back as it is; never beyond year 9999 or before 0001. */
export function plus(time: Timestamp, ms: number): Timestamp {
  const from = Date.parse(time);
  if (Number.isNaN(from)) return time;
  return new Date(Math.max(FIRST, Math.min(LAST, from + ms))).toISOString();
}
/** PostgreSQL holds no year 0: a time of it would stop every view. */
const FIRST = Date.parse('0001-01-01T00:00:00.000Z');

/** Timestamps all have one form and one zone, so that their order is that of their text. */
export const later = (a: Timestamp, b: Timestamp): Timestamp => (a < b ? b : a);

export const inFuture = (time: Timestamp, at: Timestamp): boolean => time > plus(at, TOLERANCE);
export const inPast = (time: Timestamp, at: Timestamp): boolean => time < plus(at, -TOLERANCE);

/**
 * The same day of the next month, or that month's last where it has no such day (GDPR Art. 12(3); Regulation 1182/71
 * Art. 3(2)(c)). Total, as `plus`.
 */
export function monthAfter(time: Timestamp): Timestamp {
  const from = new Date(time);
  if (Number.isNaN(from.getTime())) return time;
  const last = new Date(0);
  last.setUTCFullYear(from.getUTCFullYear(), from.getUTCMonth() + 2, 0);
  const days = Math.min(from.getUTCDate(), last.getUTCDate());
  const after = new Date(from);
  after.setUTCDate(1);
  after.setUTCMonth(from.getUTCMonth() + 1, days);
  return plus(after.getTime() > LAST ? time : after.toISOString(), 0);
}
