import { expect, test } from '@jest/globals';
import { MOST_VALUES, readBody } from './request.pipe.js';

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const tooLarge = expect.objectContaining({ code: 'request.too-large' });
const named = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`name${n}`, n]));

test.each([
  ['members', named],
  ['items', (count: number) => ({ list: Array.from({ length: count - 1 }, () => 1) })],
  ['members of items', (count: number) => ({ list: [named(count - 3), {}] })],
])('a body has so many %s at most, however few bytes they take', (_, body) => {
  expect(readBody(bytes(body(MOST_VALUES)))).toEqual(body(MOST_VALUES));
  expect(() => readBody(bytes(body(MOST_VALUES + 1)))).toThrow(tooLarge);
});
