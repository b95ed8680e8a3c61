import { expect, test } from '@jest/globals';
import { createClock, type ClockOptions } from './clock.js';
import { parseHeader } from './header.js';

const NOVEMBER = Date.UTC(2026, 10, 21);

function read(stamps: readonly string[], options: Partial<ClockOptions> = {}): (string | undefined)[] {
  const clock = createClock({ year: undefined, notAfter: NOVEMBER, offsetMinutes: 0, ...options });
  return stamps.map((stamp) => {
    const header = parseHeader(`${stamp} mail postfix/qmgr[1]: x`);
    const at = header && clock(header.stamp);
    return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16);
  });
}

test('the year turns between December and January', () => {
  expect(read(['Dec 31 23:59:00', 'Jan  1 00:00:00', 'Jan  2 00:00:00'], { year: 2025 })).toEqual([
    '2025-12-31T23:59',
    '2026-01-01T00:00',
    '2026-01-02T00:00',
  ]);
});

test('a late line of December, read in January, keeps its own year', () => {
  expect(
    read(['Dec 31 23:59:00', 'Jan  1 00:00:00', 'Dec 31 23:58:00', 'Jan  1 00:01:00'], { year: 2025 }),
  ).toEqual(['2025-12-31T23:59', '2026-01-01T00:00', '2025-12-31T23:58', '2026-01-01T00:01']);
});

test('without a year the first line lies in the latest one that is not after the file was written', () => {
  expect(read(['Nov 20 08:00:00'])).toEqual(['2026-11-20T08:00']);
  expect(read(['Dec 20 08:00:00', 'Jan  3 08:00:00'])).toEqual(['2025-12-20T08:00', '2026-01-03T08:00']);
  expect(read(['Dec 31 23:00:00'], { notAfter: Date.UTC(2027, 0, 1) })).toEqual(['2026-12-31T23:00']);
});

test('a host that was silent for months is still read forward', () => {
  expect(read(['Feb  1 08:00:00', 'Nov  1 08:00:00', 'Sep  1 08:00:00'], { year: 2024 })).toEqual([
    '2024-02-01T08:00',
    '2024-11-01T08:00',
    '2025-09-01T08:00',
  ]);
});

test('29 February needs a leap year near it', () => {
  expect(read(['Feb 29 08:00:00'])).toEqual(['2024-02-29T08:00']);
  expect(read(['Feb 28 08:00:00', 'Feb 29 08:00:00', 'Mar  1 08:00:00'], { year: 2025 })).toEqual([
    '2025-02-28T08:00',
    undefined,
    '2025-03-01T08:00',
  ]);
});

test('the zone given counts for times that name none', () => {
  expect(read(['Nov 20 08:00:00', '2026-11-20T08:00:00Z'], { offsetMinutes: 90 })).toEqual([
    '2026-11-20T06:30',
    '2026-11-20T08:00',
  ]);
});
