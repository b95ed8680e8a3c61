import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../test/golden/read-golden.js';
import { fromHex, hex } from './encoding.js';
import { openPosition, sealPosition } from './position.js';
import { newKey } from './wrap.js';

interface Golden {
  readonly key: string;
  readonly accepted: readonly { position: string; log: string; text: string }[];
  readonly refused: readonly { note: string; log: string; text: string }[];
}
const golden = readGolden('crypto-v1/position.json') as Golden;
const key = fromHex(golden.key);

test.each(golden.accepted)('position $position', ({ position, log, text }) => {
  expect(sealPosition(key, BigInt(position), log)).toBe(text);
  const opened = openPosition(key, text, log);
  expect(opened?.position).toBe(BigInt(position));
  expect(openPosition(key, text)).toEqual(opened);
  expect(hex(opened?.logTag ?? new Uint8Array())).toBe(log.replaceAll('-', '').slice(16));
});

test.each(golden.refused)('refused: $note', ({ log, text }) => {
  expect(openPosition(key, text, log)).toBeUndefined();
});

test('a position of another key is refused, and any text is at most refused', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.uuid(), fc.string(), (position, log, text) => {
      expect(openPosition(key, sealPosition(key, position, log), log)?.position).toBe(position);
      expect(openPosition(newKey(), sealPosition(key, position, log), log)).toBeUndefined();
      expect(openPosition(key, text, log)).toBeUndefined();
    }),
  );
});
