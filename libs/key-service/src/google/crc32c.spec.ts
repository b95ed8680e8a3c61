import { expect, test } from '@jest/globals';
import { crc32c } from './crc32c.js';

/** RFC 3720 §B.4, and the check value of the catalogues of CRCs. */
test.each([
  [new Uint8Array(32), 0x8a91_36aa],
  [new Uint8Array(32).fill(0xff), 0x62a8_ab43],
  [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd_794e],
  [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113f_db5c],
  [Buffer.from('123456789'), 0xe306_9283],
  [new Uint8Array(), 0],
])('%# is as RFC 3720 has it', (bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
});
