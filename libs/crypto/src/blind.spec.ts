import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../test/golden/read-golden.js';
import { normalizeAddress } from './address.js';
import { type BlindKind, blindIndex } from './blind.js';
import { fromHex, hex } from './encoding.js';

interface Golden {
  readonly kBlind: string;
  readonly addresses: readonly {
    readonly note: string;
    readonly address: string;
    readonly normal: string;
    readonly blind: Readonly<Record<'user' | 'recipient' | 'external', string>>;
  }[];
  readonly ids: readonly { kind: BlindKind; value: string; blind: string }[];
  readonly refused: readonly { note: string; address: string; code: string }[];
}
const golden = readGolden('crypto-v1/blind.json') as Golden;
const kBlind = fromHex(golden.kBlind);

describe('the golden vectors', () => {
  test.each(golden.addresses)('$note', ({ address, normal, blind }) => {
    expect(normalizeAddress(address)).toBe(normal);
    for (const kind of ['user', 'recipient', 'external'] as const) {
      expect(hex(blindIndex(kBlind, kind, address))).toBe(blind[kind]);
    }
  });

  test.each(golden.ids)('an id, kind $kind', ({ kind, value, blind }) => {
    expect(hex(blindIndex(kBlind, kind, value))).toBe(blind);
  });

  test.each(golden.refused)('refused: $note', ({ address, code }) => {
    expect(() => blindIndex(kBlind, 'user', address)).toThrow(expect.objectContaining({ code }));
  });
});

test('a tenant is found by its UUID only', () => {
  expect(() => blindIndex(kBlind, 'tenant', 'ada@example.com')).toThrow(
    expect.objectContaining({ code: 'uuid.malformed' }),
  );
});

test('a lone surrogate is refused', () => {
  expect(() => normalizeAddress('a\ud800@example.com')).toThrow(
    expect.objectContaining({ code: 'address.malformed' }),
  );
});

test('normalising twice changes nothing, and any text gives an address or the one code', () => {
  const odd = fc.constantFrom(
    '@',
    '.',
    '"',
    ' ',
    'H',
    'h',
    '\u0331',
    '\u0308',
    '\u212a',
    '\u3002',
    '\u00ad',
    '\uff21',
    '[',
    ']',
    'ß',
    '-',
  );
  const text = fc.array(
    fc.oneof(odd, fc.string({ unit: 'grapheme', maxLength: 1 }), fc.constantFrom('a', 'B', '1')),
  );
  const address = fc.tuple(text, text).map(([local, domain]) => `${local.join('')}@${domain.join('')}`);
  fc.assert(
    fc.property(address, (value) => {
      let normal: string;
      try {
        normal = normalizeAddress(value);
      } catch (fault) {
        expect(fault).toMatchObject({ code: 'address.malformed' });
        return;
      }
      expect(normalizeAddress(normal)).toBe(normal);
      expect(normalizeAddress(` ${value.normalize('NFD')} `)).toBe(normal);
    }),
    { numRuns: 3000 },
  );
});
