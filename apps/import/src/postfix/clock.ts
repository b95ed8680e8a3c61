import type { Stamp } from './header.js';

const DAY = 86_400_000;
/** How far lines may be out of order. A step back beyond it is a new year, not a late line. */
const LATE = 30 * DAY;
/** A line of the last days of a year, read after the first ones of the next, seems this far ahead. */
const AHEAD = 337 * DAY;

/** How to complete a time without year and zone. */
export interface ClockOptions {
  /** The year of the first line, or undefined: the latest year that does not put that line after `notAfter`. */
  readonly year: number | undefined;
  /** Milliseconds since 1970; when the log was last written, or now. */
  readonly notAfter: number;
  /** Minutes by which the log's clock is ahead of UTC. */
  readonly offsetMinutes: number;
}

/** Completes the times of a log that is read forward; gives undefined for a date that no year near it has. */
export type Clock = (stamp: Stamp) => number | undefined;

/**
 * A clock for one log, which may be several files read oldest first.
 * The year of a line is the one that puts it nearest after the line before: late by up to 30 days, else ahead of it. So
 * the year turns between December and January, and a late line of December read in January keeps its own year.
 */
export function createClock(options: ClockOptions): Clock {
  let last: number | undefined;
  return (stamp) => {
    const at = stamp.kind === 'instant' ? stamp.at : complete(stamp, last, options);
    if (at !== undefined) last = at;
    return at;
  };
}

function complete(
  stamp: Extract<Stamp, { kind: 'yearless' }>,
  last: number | undefined,
  { year, notAfter, offsetMinutes }: ClockOptions,
): number | undefined {
  const inYear = (candidate: number): number | undefined => {
    const midnight = Date.UTC(candidate, stamp.month, stamp.day);
    // Date.UTC turns 29 February into 1 March where there is none.
    if (new Date(midnight).getUTCDate() !== stamp.day) return undefined;
    return midnight + stamp.millisOfDay - offsetMinutes * 60_000;
  };
  if (last === undefined && year !== undefined) return inYear(year);
  const newest = new Date(last ?? notAfter).getUTCFullYear() + 1;
  for (let candidate = newest; candidate > newest - 9; candidate -= 1) {
    const at = inYear(candidate);
    if (at === undefined) continue;
    if (last === undefined ? at <= notAfter + DAY : at - last < AHEAD && at - last >= -LATE) return at;
    if (last !== undefined && at - last < -LATE) return undefined;
  }
  return undefined;
}
