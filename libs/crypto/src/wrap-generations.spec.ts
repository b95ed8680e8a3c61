import { describe, expect, test } from '@jest/globals';
import { readGolden } from '../../../test/golden/read-golden.js';
import { fromHex, hex } from './encoding.js';
import {
  dataKeyAad,
  secretAad,
  type SecretName,
  unwrapDataKey,
  unwrapSecret,
  wrapDataKey,
  wrapSecret,
  wrappingKeyAad,
} from './wrap.js';

interface Wrapped {
  readonly aad: string;
  readonly wrapped: string;
}
interface Refused {
  readonly note: string;
  readonly generation: number;
  readonly wrapped: string;
  readonly code: string;
}
interface Golden {
  readonly log: string;
  readonly subject: string;
  readonly keyId: string;
  readonly key: string;
  readonly nonce: string;
  readonly generations: readonly {
    readonly generation: number;
    readonly wk: string;
    readonly wkAad: string;
    readonly dataKey: Wrapped;
    readonly secrets: readonly (Wrapped & { readonly name: SecretName; readonly secret: string })[];
  }[];
  readonly refusedKeys: readonly Refused[];
  readonly refusedSecrets: readonly (Refused & { readonly name: SecretName })[];
}
const golden = readGolden('crypto-v1/generation.json') as Golden;
const { log, subject, keyId } = golden;
const nonce = fromHex(golden.nonce);
const wkOf = (generation: number) =>
  fromHex(golden.generations.find((one) => one.generation === generation)?.wk ?? '');

describe.each(golden.generations)(
  'under generation $generation',
  ({ generation, wkAad, dataKey, secrets }) => {
    const wk = wkOf(generation);

    test('the wrapping key’s additional data', () => {
      expect(hex(wrappingKeyAad(log, generation))).toBe(wkAad);
    });

    test('the data key', () => {
      const place = { log, subject, keyId, generation };
      expect(hex(dataKeyAad(place))).toBe(dataKey.aad);
      expect(hex(wrapDataKey(wk, place, fromHex(golden.key), nonce))).toBe(dataKey.wrapped);
      expect(hex(unwrapDataKey(wk, place, fromHex(dataKey.wrapped)))).toBe(golden.key);
    });

    test.each(secrets)('the secret $name', ({ name, secret, aad, wrapped }) => {
      const place = { log, name, generation };
      expect(hex(secretAad(place))).toBe(aad);
      expect(hex(wrapSecret(wk, place, fromHex(secret), nonce))).toBe(wrapped);
      expect(hex(unwrapSecret(wk, place, fromHex(wrapped)))).toBe(secret);
    });
  },
);

test.each(golden.refusedKeys)('refused as a data key: $note', ({ generation, wrapped, code }) => {
  const place = { log, subject, keyId, generation };
  expect(() => unwrapDataKey(wkOf(generation), place, fromHex(wrapped))).toThrow(
    expect.objectContaining({ code }),
  );
});

test.each(golden.refusedSecrets)('refused as a secret: $note', ({ generation, name, wrapped, code }) => {
  expect(() => unwrapSecret(wkOf(generation), { log, name, generation }, fromHex(wrapped))).toThrow(
    expect.objectContaining({ code }),
  );
});
