import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Fingerprint } from './fingerprint.js';

const row = fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 6 });
const printOf = (rows: readonly (readonly number[])[]): Fingerprint => {
  const print = new Fingerprint();
  for (const one of rows) print.add(...one);
  return print;
};

test('is the same in any order', () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      expect(printOf(rows).equals(printOf(rows.toReversed()))).toBe(true);
    }),
  );
});

test('is another one when a bit of one row is another one, or a row is missing or there twice', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), fc.nat(), fc.nat({ max: 52 }), (rows, which, bit) => {
      const at = which % rows.length;
      const one = rows[at] ?? [];
      const first = one[0] ?? 0;
      const flipped = Math.floor(first / 2 ** bit) % 2 === 0 ? first + 2 ** bit : first - 2 ** bit;
      const others = [
        rows.with(at, [flipped, ...one.slice(1)]),
        rows.toSpliced(at, 1),
        [...rows, one],
        rows.with(at, [...one, 0]),
      ];
      for (const other of others) expect(printOf(rows).equals(printOf(other))).toBe(false);
    }),
  );
});
