import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { b64, b64u, base32, fromB64, fromB64u, fromBase32, fromHex, hex, u32, u64 } from './encoding.js';
import { uuid16, uuidFrom } from './uuid.js';

const codecs = [
  ['base64', b64, fromB64],
  ['base64url', b64u, fromB64u],
  ['base32', base32, fromBase32],
  ['hexadecimal', hex, fromHex],
] as const;

test.each(codecs)('%s: what is encoded decodes to the same bytes', (_, encode, decode) => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(hex(decode(encode(bytes)))).toBe(hex(bytes));
    }),
  );
});

test.each(codecs)('%s: any text decodes strictly or is refused', (_, encode, decode) => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(encode(decode(text))).toBe(text);
      } catch (fault) {
        expect(fault).toMatchObject({ code: 'encoding.malformed' });
      }
    }),
  );
});

test.each([
  ['Zg', fromB64],
  ['Zh==', fromB64],
  ['Zg==\n', fromB64],
  ['Zg==', fromB64u],
  ['Zh', fromB64u],
  ['+/', fromB64u],
  ['MY', fromBase32],
  ['mz', fromBase32],
  ['AA', fromHex],
  ['a', fromHex],
] as const)('%s is refused', (text, decode) => {
  expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'encoding.malformed' }));
});

test('integers are big-endian and in range', () => {
  expect(hex(u32(0x01020304))).toBe('01020304');
  expect(hex(u64(0x0102030405060708n))).toBe('0102030405060708');
  for (const n of [-1, 0.5, 2 ** 32, Infinity, NaN]) expect(() => u32(n)).toThrow('number.range');
  for (const n of [-1n, 2n ** 64n]) expect(() => u64(n)).toThrow('number.range');
});

test('a UUID has one text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      expect(hex(uuid16(uuidFrom(bytes)))).toBe(hex(bytes));
    }),
  );
  const uuid = '0b8f1c52-3a6d-4e7f-9a10-2b3c4d5e6f70';
  const wrong = [uuid.toUpperCase(), `{${uuid}}`, `${uuid}\n`, uuid.replaceAll('-', ''), uuid.slice(1), ''];
  for (const text of wrong) expect(() => uuid16(text)).toThrow('uuid.malformed');
});
