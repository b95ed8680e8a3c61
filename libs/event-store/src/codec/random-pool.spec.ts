import { expect, test } from '@jest/globals';
import { RandomPool } from './random-pool.js';

test('hands out every byte once, also over its edge', () => {
  const pool = new RandomPool();
  const taken = Array.from({ length: 1_000 }, (_, i) => pool.take(i % 2 === 0 ? 32 : 12));
  const texts = taken.map((bytes) => Buffer.from(bytes).toString('hex'));
  expect(new Set(texts).size).toBe(1_000);
  expect(taken.every((bytes, i) => bytes.length === (i % 2 === 0 ? 32 : 12))).toBe(true);
  expect(texts.filter((text) => text.includes('00'.repeat(8)))).toEqual([]);
  // What one holds does not change under it.
  const [first] = taken;
  expect(Buffer.from(first ?? []).toString('hex')).toBe(texts[0]);
  expect(() => pool.take(4_097)).toThrow(RangeError);
});
