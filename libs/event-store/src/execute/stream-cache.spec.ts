import { membersDecider } from '@candor/domain';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { emptyStream, type KnownStream } from './known-stream.js';
import type { AnyDecider } from './pending.js';
import { StreamCache } from './stream-cache.js';

const decider = membersDecider as unknown as AnyDecider;
let time = 0;
const uptime = (): number => time;
const cacheOf = (more: { maxStreams?: number; maxCommands?: number } = {}): StreamCache =>
  new StreamCache({ maxStreams: 3, maxCommands: 100, ttlMs: 60_000, uptime, ...more });

const knownWith = (commands: number): KnownStream => {
  const known = emptyStream(decider, time);
  for (let i = 0; i < commands; i++) known.commands.set(`command ${i}`, { first: BigInt(i), count: 1 });
  return known;
};

beforeEach(() => {
  time = 0;
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('keeps the streams last used', () => {
  const cache = cacheOf();
  for (const stream of ['a', 'b', 'c']) cache.put(stream, knownWith(0));
  expect(cache.get('a', decider)).toBeDefined();
  cache.put('d', knownWith(0));
  expect(['a', 'b', 'c', 'd'].map((stream) => cache.get(stream, decider) !== undefined)).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

test('counts the commands it remembers, also when a stream grows', () => {
  const cache = cacheOf({ maxStreams: 1_000 });
  const grown = knownWith(40);
  cache.put('a', grown);
  for (let i = 40; i < 60; i++) grown.commands.set(`command ${i}`, { first: BigInt(i), count: 1 });
  cache.put('a', grown);
  cache.put('b', knownWith(40));
  expect(cache.size).toBe(2);
  cache.put('c', knownWith(1));
  expect(cache.get('a', decider)).toBeUndefined();
  expect(cache.size).toBe(2);
  cache.put('huge', knownWith(101));
  expect(cache.size).toBe(0);
});

test('gives nothing to another decider', () => {
  const cache = cacheOf();
  cache.put('a', knownWith(0));
  expect(cache.get('a', { ...decider })).toBeUndefined();
});

test('forgets after 60 s, however often it was used, and without being asked', () => {
  const cache = cacheOf();
  cache.put('a', knownWith(0));
  const { since } = cache.get('a', decider) ?? { since: -1 };
  time = 59_999;
  expect(cache.get('a', decider)).toBeDefined();
  cache.put('a', { ...knownWith(0), since });
  time = 60_000;
  expect(cache.get('a', decider)).toBeUndefined();

  cache.put('b', { ...knownWith(0), since: time });
  time += 60_000;
  jest.advanceTimersByTime(75_000);
  expect(cache.size).toBe(0);
  expect(() => new StreamCache({ maxStreams: 1, maxCommands: 1, ttlMs: 60_001, uptime })).toThrow(RangeError);
});
