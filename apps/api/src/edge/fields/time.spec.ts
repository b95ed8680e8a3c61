import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalTime } from './time.js';

test.each([
  ['2026-11-20T09:00:00Z', '2026-11-20T09:00:00.000Z'],
  ['2026-11-20T09:00:00.5Z', '2026-11-20T09:00:00.500Z'],
  ['2026-11-20T09:00:00.123456789Z', '2026-11-20T09:00:00.123Z'],
  ['2026-11-20T09:00:00+02:00', '2026-11-20T07:00:00.000Z'],
  ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00.000Z'],
  ['2024-02-29T23:59:59-00:00', '2024-02-29T23:59:59.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
])('%s is %s', (given, stored) => {
  expect(canonicalTime(given)).toBe(stored);
});

test.each([
  '2026-02-30T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '2026-11-20T24:00:00Z',
  '2026-06-30T23:59:60Z',
  '2026-11-20T09:00:00',
  '2026-11-20 09:00:00Z',
  '2026-11-20T09:00:00+24:00',
  '0000-01-01T00:00:00Z',
  '0000-01-01T00:00:00+01:00',
  '0000-12-31T23:00:00-00:30',
  '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-01:00',
  '٢٠٢٦-11-20T09:00:00Z',
  '',
])('%s is no time', (given) => {
  expect(canonicalTime(given)).toBeUndefined();
});

test('every moment in its stored form is itself', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      expect(canonicalTime(date.toISOString())).toBe(date.toISOString());
    }),
  );
});
