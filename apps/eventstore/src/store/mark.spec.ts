import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { temporaryDirectory } from '../testing/node-process.js';
import { MarkFile, markFile, readMark } from './mark.js';

let directory: ReturnType<typeof temporaryDirectory>;

beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => {
  directory.remove();
});

const chain = (n: number): Buffer => hash('sha256', String(n), 'buffer');
const written = (...positions: number[]): void => {
  const marks = MarkFile.open(directory.path);
  for (const position of positions) marks.write({ position, chain: chain(position), clean: false });
  marks.close();
};
const position = (): number | undefined => readMark(directory.path).newest?.position;

/** Worked out by hand from the description, with another program: it is stored, and must stay as it is. */
const GOLDEN =
  '434e44524d41524b' + '00000001' + '00000001' + '0000000000000001' + '0000000100000003' + '11'.repeat(32);

test('is the stored format', () => {
  const marks = MarkFile.open(directory.path);
  marks.write({ position: 2 ** 32 + 3, chain: Buffer.alloc(32, 0x11), clean: true });
  marks.close();
  const file = readFileSync(markFile(directory.path));
  const proof = hash('sha256', Buffer.from(GOLDEN, 'hex'));
  expect(file.length).toBe(8192);
  // The first record has sequence 1 and stands in the second place.
  expect(file.subarray(4096, 4096 + 96).toString('hex')).toBe(GOLDEN + proof);
  expect(file.subarray(0, 4096).every((byte) => byte === 0)).toBe(true);
});

test('says what was written last, also after it was opened anew', () => {
  expect(readMark(directory.path)).toEqual({ newest: undefined, damaged: false });
  written(1, 2, 3);
  expect(position()).toBe(3);
  written(4);
  expect(position()).toBe(4);
  written(5, 6);
  expect(readMark(directory.path)).toMatchObject({
    newest: { position: 6, chain: chain(6), clean: false },
    damaged: false,
  });
});

test('a torn write leaves what was written before, and the next write mends it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(95), (writes, torn) => {
      written(...Array.from({ length: writes }, (_, n) => n + 1));
      const before = readFileSync(markFile(directory.path));
      const { newest } = readMark(directory.path);
      written(100);
      const after = readFileSync(markFile(directory.path));
      const at = ((newest?.sequence ?? 0) + 1) % 2 === 0 ? 0 : 4096;
      const half = Buffer.from(before);
      after.copy(half, at, at, at + torn);
      writeFileSync(markFile(directory.path), half);
      expect([newest?.position, 100]).toContain(position());
      written(101);
      expect(readMark(directory.path)).toMatchObject({ newest: { position: 101 }, damaged: false });
    }),
  );
});

test('a flipped bit is found in either record, and never read', () => {
  written(7, 8);
  const file = readFileSync(markFile(directory.path));
  for (const at of [0, 4096])
    for (let bit = 0; bit < 96 * 8; bit++) {
      const flipped = Buffer.from(file);
      flipped[at + (bit >> 3)] = (flipped[at + (bit >> 3)] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(markFile(directory.path), flipped);
      expect(readMark(directory.path)).toMatchObject({
        newest: { position: at === 0 ? 7 : 8 },
        damaged: true,
      });
    }
});

test('a file that was cut, or holds nothing, is none', () => {
  written(1);
  truncateSync(markFile(directory.path), 4000);
  expect(readMark(directory.path).newest).toBeUndefined();
  written(2);
  expect(position()).toBe(2);
  writeFileSync(markFile(directory.path), 'not a mark at all');
  expect(readMark(directory.path)).toEqual({ newest: undefined, damaged: true });
});

test('a mark of a later format is refused', () => {
  const record = Buffer.concat([Buffer.from(GOLDEN, 'hex')]);
  record.writeUInt32BE(2, 8);
  writeFileSync(markFile(directory.path), Buffer.concat([record, hash('sha256', record, 'buffer')]));
  expect(() => readMark(directory.path)).toThrow('has format 2; this build knows format 1');
});
