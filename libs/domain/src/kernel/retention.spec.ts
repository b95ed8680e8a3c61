import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../../test/golden/read-golden.js';
import {
  type KeyClass,
  keyClasses,
  lapsesAt,
  lastLapsed,
  periodOf,
  RETENTION_BOUNDS,
  retentionTerms,
} from './retention.js';
import { monthAfter } from './time.js';

interface Golden {
  readonly periods: readonly {
    readonly class: KeyClass;
    readonly recordedAt: string;
    readonly period: string;
  }[];
  readonly lapses: readonly {
    readonly class: KeyClass;
    readonly period: string;
    readonly days: number;
    readonly at: string;
    /** A millisecond earlier, and the last period that has lapsed then. */
    readonly before: string;
    readonly previous: string;
  }[];
}
const golden = readGolden('crypto-v1/period.json') as Golden;

test.each(golden.periods)('$recordedAt is in $period of $class', ({ class: one, recordedAt, period }) => {
  expect(periodOf(one, recordedAt)).toBe(period);
});

test.each(golden.lapses)('$period and $days days of $class', ({ class: one, period, days, at, ...early }) => {
  expect(lapsesAt(period, days)).toBe(at);
  expect(lastLapsed(one, days, at)).toBe(period);
  expect(lastLapsed(one, days, early.before)).toBe(early.previous);
});

test('keys lapse a term after the end of their period', () => {
  expect(lapsesAt('2026-11', 30)).toBe('2026-12-31T00:00:00.000Z');
  expect(lapsesAt('2026-12', 1)).toBe('2027-01-02T00:00:00.000Z');
  expect(lapsesAt('2026', 365)).toBe('2028-01-01T00:00:00.000Z');
});

test('the last period that has lapsed is the last of which that is true', () => {
  const times = fc.date({ min: new Date('1990-01-01'), max: new Date('2150-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(
      fc.constantFrom(...keyClasses),
      fc.integer({ min: 1, max: 5_000 }),
      times,
      (one, days, time) => {
        const at = time.toISOString();
        const last = lastLapsed(one, days, at);
        expect(lapsesAt(last, days) <= at).toBe(true);
        const next = periodOf(one, new Date(Date.parse(lapsesAt(last, 0)) + 1).toISOString());
        expect(next > last && lapsesAt(next, days) > at).toBe(true);
      },
    ),
  );
});

test('every class has a term within the bounds, and says why', () => {
  for (const one of keyClasses) {
    const { days, citation } = retentionTerms[one];
    expect(days).toBeGreaterThanOrEqual(RETENTION_BOUNDS.least);
    expect(days).toBeLessThanOrEqual(RETENTION_BOUNDS.most);
    expect(citation).toMatch(/Art\. \d+/);
  }
});

test.each([
  ['2026-01-31T09:00:00.000Z', '2026-02-28T09:00:00.000Z'],
  ['2028-01-31T09:00:00.000Z', '2028-02-29T09:00:00.000Z'],
  ['2026-12-15T09:00:00.000Z', '2027-01-15T09:00:00.000Z'],
  ['2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ['never', 'never'],
])('a month after %s is %s', (time, after) => {
  expect(monthAfter(time)).toBe(after);
});
