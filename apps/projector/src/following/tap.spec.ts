import { expect, test } from '@jest/globals';
import { LogUnavailable } from '@candor/event-store';
import type { BatchEvent } from '@candor/read-models';
import { Tap } from './tap.js';

const event = (position: number, type = 'a.wanted', bytes = 10): BatchEvent =>
  ({
    position: BigInt(position),
    stored: { type, data: new Uint8Array(bytes), metadata: new Uint8Array() },
  }) as BatchEvent;
const never = new AbortController().signal;
const opened = (start: bigint): Tap => {
  const tap = new Tap(({ stored }) => stored.type === 'a.wanted');
  tap.open(start);
  return tap;
};
const positions = (events: readonly BatchEvent[] | undefined) =>
  events?.map(({ position }) => Number(position));

test('hands out what is wanted after a position, in order, as much as is asked for', async () => {
  const tap = opened(4n);
  tap.offer([event(5), event(6, 'another'), event(7)]);
  tap.offer([event(8)]);
  expect(positions(await tap.next(4n, 2, never))).toEqual([5, 7]);
  expect(positions(await tap.next(5n, 10, never))).toEqual([7, 8]);
});

test('holds nothing from before it was opened, nor while nobody follows', async () => {
  const tap = new Tap(() => true);
  expect(tap.holds(0n)).toBe(false);
  tap.open(4n);
  expect([tap.holds(3n), tap.holds(4n), tap.holds(9n)]).toEqual([false, true, true]);
  expect(await tap.next(3n, 1, never)).toBeUndefined();
  tap.close();
  expect(tap.holds(4n)).toBe(false);
});

test('who is ahead waits until something comes that he has not seen', async () => {
  const tap = opened(0n);
  const next = tap.next(7n, 10, never);
  tap.offer([event(6), event(7)]);
  tap.offer([event(8, 'another')]);
  tap.offer([event(9)]);
  expect(positions(await next)).toEqual([9]);
});

test('who falls behind is sent away, however it is bounded', async () => {
  const tap = opened(0n);
  for (let n = 1; n <= 1_001; n++) tap.offer([event(n)]);
  expect(await tap.next(0n, 10, never)).toBeUndefined();
  expect(positions(await tap.next(1n, 1, never))).toEqual([2]);
  tap.offer([event(1_002, 'a.wanted', 3_000_000), event(1_003, 'a.wanted', 3_000_000)]);
  expect(await tap.next(1_001n, 10, never)).toBeUndefined();
  expect(positions(await tap.next(1_002n, 10, never))).toEqual([1_003]);
});

test('tells who waits that nobody follows any more, or that he himself is to stop', async () => {
  const tap = opened(0n);
  const waiting = tap.next(0n, 1, never);
  tap.close();
  await expect(waiting).rejects.toBeInstanceOf(LogUnavailable);
  await expect(tap.next(0n, 1, never)).rejects.toBeInstanceOf(LogUnavailable);
  tap.open(0n);
  const stopping = new AbortController();
  const stopped = tap.next(0n, 1, stopping.signal);
  stopping.abort(new Error('stop'));
  await expect(stopped).rejects.toThrow('stop');
});
