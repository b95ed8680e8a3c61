import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../test/golden/read-golden.js';
import { base32, fromBase32, fromHex, hex, utf8 } from './encoding.js';
import { logOrigin } from './genesis.js';

interface Golden {
  readonly cases: readonly { operator: string; slot: number; entry: string; origin: string }[];
  readonly refused: readonly { operator: string; code: string }[];
  readonly base32: readonly { bytes: string; text: string }[];
}
const golden = readGolden('crypto-v1/genesis.json') as Golden;

test.each(golden.cases)('the origin $origin', ({ operator, slot, entry, origin }) => {
  expect(logOrigin(operator, slot, utf8(entry))).toBe(origin);
  expect(origin.slice(origin.indexOf('-') + 1)).toHaveLength(52);
});

test.each(golden.refused)('no operator: $operator', ({ operator, code }) => {
  expect(() => logOrigin(operator, 0, utf8('x'))).toThrow(expect.objectContaining({ code }));
});

test.each([-1, 1.5, 2 ** 32, NaN])('no slot: %d', (slot) => {
  expect(() => logOrigin('candor.example', slot, utf8('x'))).toThrow(
    expect.objectContaining({ code: 'number.range' }),
  );
});

test.each(golden.base32)('base32 of $bytes', ({ bytes, text }) => {
  expect(base32(fromHex(bytes))).toBe(text);
  expect(hex(fromBase32(text))).toBe(bytes);
});

test('base32 is strict: text is refused unless it is what its bytes encode to', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z2-7A18=]{0,20}$/), (text) => {
      let bytes: Uint8Array;
      try {
        bytes = fromBase32(text);
      } catch (fault) {
        expect(fault).toMatchObject({ code: 'encoding.malformed' });
        return;
      }
      expect(base32(bytes)).toBe(text);
    }),
  );
});
