import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LINE_LIMIT, LineSplitter } from './lines.js';

function split(chunks: readonly Uint8Array[]): { number: number; text: string | undefined }[] {
  const splitter = new LineSplitter();
  const lines = [...chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk))]), ...splitter.end()];
  return lines.map(({ number, bytes }) => ({ number, text: bytes?.toString('latin1') }));
}

test('lines are numbered as an editor does, and blank ones are left out', () => {
  expect(split([Buffer.from('a\n\n \t\r\nb\r\nc')])).toEqual([
    { number: 1, text: 'a' },
    { number: 4, text: 'b\r' },
    { number: 5, text: 'c' },
  ]);
  expect(split([])).toEqual([]);
  expect(split([Buffer.from('\n\n')])).toEqual([]);
});

test('a line may be as long as the limit and no longer, and what follows is not lost', () => {
  const fits = 'x'.repeat(LINE_LIMIT);
  expect(split([Buffer.from(`${fits}\ny\n`)]).map(({ text }) => text)).toEqual([fits, 'y']);
  const long = Buffer.from(`${fits}x\ny\n${fits}${fits}`);
  expect(split([long])).toEqual([
    { number: 1, text: undefined },
    { number: 2, text: 'y' },
    { number: 3, text: undefined },
  ]);
});

test('where chunks begin and end changes nothing', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '\r'), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(60)), (body, cuts) => {
      const bytes = Buffer.from(body);
      const places = [
        0,
        ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
        bytes.length,
      ];
      const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
      expect(split(chunks)).toEqual(split([bytes]));
    }),
  );
});
