import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_LINE_BYTES, readLines } from './lines.js';

async function linesOf(bytes: Uint8Array, cuts: readonly number[] = []): Promise<string[]> {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  const chunks = edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge));
  const lines: string[] = [];
  for await (const some of readLines(Readable.from(chunks))) lines.push(...some);
  return lines;
}

test('lines are the same wherever the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ' '))),
      fc.array(fc.nat(300)),
      async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const inside = cuts.filter((cut) => cut <= bytes.length);
        expect(await linesOf(bytes, inside)).toEqual(lines.map((line) => line.toWellFormed()));
      },
    ),
  );
});

test('the last line needs no line feed, and a carriage return before one is not part of the line', async () => {
  expect(await linesOf(Buffer.from('one\r\ntwo'))).toEqual(['one', 'two']);
  expect(await linesOf(Buffer.from(''))).toEqual([]);
});

test('a line without end is cut, and the next one is whole', async () => {
  const long = 'x'.repeat(3 * MAX_LINE_BYTES);
  expect(await linesOf(Buffer.from(`${long}\nnext\n`), [100, MAX_LINE_BYTES, MAX_LINE_BYTES + 1])).toEqual([
    'x'.repeat(MAX_LINE_BYTES),
    'next',
  ]);
});

test('bytes that are not UTF-8 become replacement characters', async () => {
  expect(await linesOf(Buffer.from([0x61, 0xff, 0x62, 0x0a]))).toEqual(['a\uFFFDb']);
});
