import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../test/golden/read-golden.js';
import { commitField, newSeed } from './commitment.js';
import { fromHex, hex, utf8 } from './encoding.js';
import { envelopePlaintext, openChecked, openEnvelope, sealEnvelope } from './envelope.js';
import { leafHash } from './tlog/hashes.js';
import { type Json, canonicalize, parseCanonical } from './jcs.js';
import { newKey } from './wrap.js';

interface Golden {
  readonly key: string;
  readonly keyId: string;
  readonly seed: string;
  readonly nonce: string;
  readonly entry: string;
  readonly leaf: string;
  readonly values: Readonly<Record<string, Json>>;
  readonly plaintext: string;
  readonly envelope: string;
  readonly refused: readonly { note: string; envelope: string; at: 'opening' | 'check'; code: string }[];
  readonly padding: {
    readonly pointer: string;
    readonly cases: readonly { value: { repeat: string; times: number }; used: number; padded: number }[];
  };
}
const golden = readGolden('crypto-v1/envelope.json') as Golden;
const context = { key: fromHex(golden.key), keyId: golden.keyId, leaf: fromHex(golden.leaf) };
const seed = fromHex(golden.seed);
const values = new Map(Object.entries(golden.values));
const entry = parseCanonical(utf8(golden.entry));

describe('the golden vectors', () => {
  test('sealing gives the envelope', () => {
    expect(hex(leafHash(utf8(golden.entry)))).toBe(golden.leaf);
    expect(hex(envelopePlaintext({ seed, values }))).toBe(golden.plaintext);
    expect(sealEnvelope({ ...context, seed, values, nonce: fromHex(golden.nonce) })).toBe(golden.envelope);
  });

  test('opening gives seed and values', () => {
    const opened = openChecked({ ...context, envelope: golden.envelope, entry });
    expect(hex(opened.seed)).toBe(golden.seed);
    expect(Object.fromEntries(opened.values)).toEqual(golden.values);
  });

  test.each(golden.refused)('refused: $note', ({ envelope, at, code }) => {
    if (at === 'check') openEnvelope({ ...context, envelope });
    const open = at === 'check' ? openChecked : openEnvelope;
    expect(() => open({ ...context, envelope, entry })).toThrow(expect.objectContaining({ code }));
  });

  test.each(golden.padding.cases)('$used bytes are padded to $padded', ({ value, used, padded }) => {
    const one = new Map([[golden.padding.pointer, value.repeat.repeat(value.times)]]);
    const plaintext = Buffer.from(envelopePlaintext({ seed, values: one }));
    expect(37 + plaintext.readUInt32BE(33)).toBe(used);
    expect(plaintext.length).toBe(padded);
    const envelope = sealEnvelope({ ...context, seed, values: one });
    expect([...openEnvelope({ ...context, envelope }).values]).toEqual([...one]);
  });
});

test('an envelope without values is not made', () => {
  expect(() => sealEnvelope({ ...context, seed, values: new Map() })).toThrow(
    expect.objectContaining({ code: 'seal.empty' }),
  );
});

test('no two envelopes of the same values are alike', () => {
  expect(sealEnvelope({ ...context, seed, values })).not.toBe(sealEnvelope({ ...context, seed, values }));
});

test('whatever is sealed opens for its own key and leaf, and nothing changed does', () => {
  const field = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,9}$/);
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.constant(null),
    fc.array(fc.boolean()),
  );
  fc.assert(
    fc.property(fc.dictionary(field, value, { minKeys: 1 }), fc.nat(), fc.nat(7), (body, at, bit) => {
      const mine = {
        seed: newSeed(),
        values: new Map<string, Json>(Object.entries(body).map(([n, v]) => [`/body/${n}`, v])),
      };
      const committed = Object.fromEntries(
        [...mine.values].map(([p, v]) => [p.slice(6), commitField(mine.seed, p, v, golden.keyId)]),
      );
      const bytes = canonicalize({ body: committed });
      const place = { key: newKey(), keyId: golden.keyId, leaf: leafHash(bytes) };
      const envelope = sealEnvelope({ ...place, ...mine });
      const opened = openChecked({ ...place, envelope, entry: parseCanonical(bytes) });
      expect(new Map(opened.values)).toEqual(mine.values);
      const changed = Buffer.from(envelope, 'base64');
      changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ (1 << bit);
      expect(() => openEnvelope({ ...place, envelope: changed.toString('base64') })).toThrow(
        expect.objectContaining({ code: 'seal.broken' }),
      );
    }),
  );
});
