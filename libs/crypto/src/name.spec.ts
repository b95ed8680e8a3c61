import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../test/golden/read-golden.js';
import { blindIndex } from './blind.js';
import { fromHex, hex } from './encoding.js';
import { nameIndex, normalizeName } from './name.js';

interface Golden {
  readonly kBlind: string;
  readonly names: readonly { note: string; name: string; normal: string; blind: string }[];
  readonly refused: readonly { note: string; name: string; code: string }[];
}
const golden = readGolden('crypto-v1/name.json') as Golden;
const kBlind = fromHex(golden.kBlind);

test.each(golden.names)('$note', ({ name, normal, blind }) => {
  expect(normalizeName(name)).toBe(normal);
  expect(hex(nameIndex(kBlind, name))).toBe(blind);
});

test.each(golden.refused)('refused: $note', ({ name, code }) => {
  expect(() => nameIndex(kBlind, name)).toThrow(expect.objectContaining({ code }));
});

test('a lone surrogate is refused', () => {
  expect(() => normalizeName('Ada \ud800')).toThrow(expect.objectContaining({ code: 'name.malformed' }));
});

test('a name and an address are never the same index', () => {
  const id = '5e2d9c1a-7b4f-4c3d-8e2f-1a0b9c8d7e6f';
  expect(nameIndex(kBlind, id)).not.toEqual(blindIndex(kBlind, 'user', id));
});

test('normalising twice changes nothing, and case, spaces and composition make no difference', () => {
  const odd = fc.constantFrom(
    'ß',
    'ẞ',
    'ς',
    'Σ',
    'İ',
    'ı',
    'ŉ',
    'ǰ',
    'ﬁ',
    '\u0345',
    '\u0308',
    '\u00a0',
    ' ',
    'Ω',
    'ᾳ',
  );
  const name = fc
    .array(fc.oneof(odd, fc.string({ unit: 'grapheme', maxLength: 2 })), { maxLength: 20 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(name, (value) => {
      let normal: string;
      try {
        normal = normalizeName(value);
      } catch (fault) {
        expect(fault).toMatchObject({ code: 'name.malformed' });
        return;
      }
      expect(normalizeName(normal)).toBe(normal);
      expect(normalizeName(`  ${value.normalize('NFD')}\u2003`)).toBe(normal);
      expect(normalizeName(value.normalize('NFC').toUpperCase())).toBe(normal);
    }),
    { numRuns: 5000 },
  );
});
