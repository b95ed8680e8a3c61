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
