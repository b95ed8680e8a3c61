import { expect, test } from '@jest/globals';
import { Cache } from './cache.js';

test('what was used longest ago goes first', () => {
  const cache = new Cache<number>(2, Infinity, () => 0);
  cache.set('a', 1, 0);
  cache.set('b', 2, 0);
  expect(cache.get('a')).toBe(1);
  cache.set('c', 3, 0);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  expect(cache.size).toBe(2);
});

test('nothing is trusted longer than its time, counted from when it was known, however often it is used', () => {
  let now = 0;
  const cache = new Cache<number>(2, 60, () => now);
  cache.set('a', 1, 0);
  now = 59;
  expect(cache.get('a')).toBe(1);
  now = 60;
  expect(cache.get('a')).toBeUndefined();
  expect(cache.size).toBe(0);
});

test('what was being looked up when everything was forgotten is not kept', () => {
  let now = 5;
  const cache = new Cache<number>(2, 60, () => now);
  cache.set('a', 1, 5);
  const since = now;
  now = 6;
  cache.clear();
  expect(cache.get('a')).toBeUndefined();
  cache.set('b', 2, since);
  cache.set('c', 3, 6);
  expect([cache.get('b'), cache.get('c')]).toEqual([undefined, undefined]);
  now = 7;
  cache.set('d', 4, 7);
  expect(cache.get('d')).toBe(4);
});
