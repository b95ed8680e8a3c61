import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextEpoch } from './next-epoch.js';

const none = { used: 0, highest: -1 };
const last = { epoch: 6, time: 1_800_000_000, slots: 2048 };

test('the first epoch is number 0, of 1,024 slots', () => {
  expect(nextEpoch(undefined, 1_800_000_000.9, none)).toEqual({ epoch: 0, time: 1_800_000_000, slots: 1024 });
});

test('time grows strictly: a clock that went back gives no epoch', () => {
  expect(nextEpoch(last, last.time, none)).toBeUndefined();
  expect(nextEpoch(last, last.time + 0.9, none)).toBeUndefined();
  expect(nextEpoch(last, last.time - 3_600, none)).toBeUndefined();
  expect(nextEpoch(last, last.time + 1, none)).toEqual({ epoch: 7, time: last.time + 1, slots: 2048 });
});

test('slots are doubled before half are used, and never halved', () => {
  const slots = (used: number, highest = 0) => nextEpoch(last, last.time + 1, { used, highest })?.slots;
  expect([slots(1_023), slots(1_024), slots(2_047), slots(2_048)]).toEqual([2048, 4096, 4096, 8192]);
  expect(slots(0)).toBe(2048);
});

test('every assigned slot has its place, and fewer than half are used, whatever came before', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(200_000), fc.integer({ min: 10, max: 18 }), (used, highest, k) => {
      const before = { epoch: 0, time: 0, slots: 2 ** k };
      const slots = nextEpoch(before, 1, { used, highest })?.slots ?? 0;
      expect(Number.isInteger(Math.log2(slots))).toBe(true);
      expect(slots).toBeGreaterThan(highest);
      expect(slots).toBeGreaterThan(2 * used);
      expect(slots).toBeGreaterThanOrEqual(before.slots);
      // The least such number.
      const half = slots / 2;
      expect(half < before.slots || half <= highest || half <= 2 * used).toBe(true);
    }),
  );
});
