import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { equalBytes, hmac, sha256 } from './hash.js';
import { concat, fromHex, hex, utf8 } from './encoding.js';

test('SHA-256 of FIPS 180-4 and HMAC-SHA-256 of RFC 4231', () => {
  expect(hex(sha256(utf8('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(hex(hmac(new Uint8Array(20).fill(0x0b), utf8('Hi '), utf8('There')))).toBe(
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  );
});

test('bytes are equal, or not, or of another length', () => {
  const bytes = fromHex('0001ff');
  expect(equalBytes(bytes, concat(bytes))).toBe(true);
  expect(equalBytes(bytes, fromHex('0001fe'))).toBe(false);
  expect(equalBytes(bytes, fromHex('0001'))).toBe(false);
});

test('HMAC is the same for keys and messages of every length', () => {
  const lengths = [0, 1, 31, 32, 63, 64, 65, 4_095, 4_096, 4_097];
  for (const key of lengths.slice(0, 7)) {
    for (const length of lengths) {
      const [secret, message] = [new Uint8Array(key).fill(7), new Uint8Array(length).fill(9)];
      const expected = createHmac('sha256', secret).update(message).digest('hex');
      expect(hex(hmac(secret, message))).toBe(expected);
    }
  }
});
