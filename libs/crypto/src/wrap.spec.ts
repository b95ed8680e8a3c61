import { expect, test } from '@jest/globals';
import { readGolden } from '../../../test/golden/read-golden.js';
import { fromHex, hex } from './encoding.js';
import {
  type SecretName,
  dataKeyAad,
  newKey,
  secretAad,
  unwrapDataKey,
  unwrapSecret,
  wrapDataKey,
  wrapSecret,
  wrappingKeyAad,
} from './wrap.js';

interface Golden {
  readonly wk: string;
  readonly nonce: string;
  readonly log: string;
  readonly subject: string;
  readonly keyId: string;
  readonly key: string;
  readonly wrappingKeyAad: readonly { log: string; generation: number; aad: string }[];
  readonly dataKey: readonly { generation: number; aad: string; wrapped: string }[];
  readonly secret: readonly {
    name: SecretName;
    generation: number;
    secret: string;
    aad: string;
    wrapped: string;
  }[];
  readonly refused: readonly { note: string; wrapped: string; code: string }[];
}
const golden = readGolden('crypto-v1/wrap.json') as Golden;
const wk = fromHex(golden.wk);
const nonce = fromHex(golden.nonce);
const place = { log: golden.log, subject: golden.subject, keyId: golden.keyId, generation: 1 };

test.each(golden.wrappingKeyAad)(
  'additional data of WK, generation $generation',
  ({ log, generation, aad }) => {
    expect(hex(wrappingKeyAad(log, generation))).toBe(aad);
  },
);

test.each(golden.dataKey)('a data key, generation $generation', ({ generation, aad, wrapped }) => {
  const here = { ...place, generation };
  expect(hex(dataKeyAad(here))).toBe(aad);
  expect(hex(wrapDataKey(wk, here, fromHex(golden.key), nonce))).toBe(wrapped);
  expect(hex(unwrapDataKey(wk, here, fromHex(wrapped)))).toBe(golden.key);
});

test.each(golden.secret)('the secret $name', ({ name, generation, secret, aad, wrapped }) => {
  const here = { log: golden.log, name, generation };
  expect(hex(secretAad(here))).toBe(aad);
  expect(hex(wrapSecret(wk, here, fromHex(secret), nonce))).toBe(wrapped);
  expect(hex(unwrapSecret(wk, here, fromHex(wrapped)))).toBe(secret);
});

test.each(golden.refused)('refused: $note', ({ wrapped, code }) => {
  expect(() => unwrapDataKey(wk, place, fromHex(wrapped))).toThrow(expect.objectContaining({ code }));
});

test('another wrapping key opens nothing', () => {
  const wrapped = wrapDataKey(wk, place, newKey());
  expect(() => unwrapDataKey(newKey(), place, wrapped)).toThrow(
    expect.objectContaining({ code: 'wrap.broken' }),
  );
});

test('only 32 bytes are wrapped, and only by 32 bytes', () => {
  const fault = expect.objectContaining({ code: 'length.wrong' });
  expect(() => wrapDataKey(wk, place, new Uint8Array(31))).toThrow(fault);
  expect(() => wrapSecret(wk, { ...place, name: 'K_id' }, new Uint8Array(33))).toThrow(fault);
  expect(() => wrapDataKey(wk.subarray(1), place, newKey())).toThrow(fault);
});
