import { LogUnavailable } from '@candor/event-store';
import { expect, jest, test } from '@jest/globals';
import { oneByOne } from './one-by-one.js';

async function run(pieces: readonly string[], of?: (piece: string) => unknown) {
  const done: string[] = [];
  const failed = jest.fn<(piece: string, error: unknown) => void>();
  const ended = await oneByOne(
    pieces,
    (piece) => {
      if (piece.startsWith('away')) return Promise.reject(new LogUnavailable('away'));
      if (piece === 'broken') return Promise.reject(new TypeError('broken'));
      done.push(piece);
      return Promise.resolve(piece !== 'last');
    },
    failed,
    ...(of === undefined ? [] : [of]),
  ).then(
    () => 'well',
    (error: unknown) => (error instanceof Error ? error.name : 'thrown'),
  );
  return { done, failed: failed.mock.calls.map(([piece]) => piece), ended };
}

test('what is in trouble does not hold up the others, and what passes is told at the end', async () => {
  expect(await run(['a', 'broken', 'b'])).toEqual({ done: ['a', 'b'], failed: ['broken'], ended: 'well' });
  expect(await run(['away-1', 'a', 'away-2', 'away-3', 'b'])).toMatchObject({
    done: ['a', 'b'],
    ended: 'LogUnavailable',
  });
  expect(await run(['broken', 'broken', 'broken', 'broken', 'a'])).toMatchObject({ done: ['a'] });
});

test('where everything is away, not everything is tried', async () => {
  const { failed, ended } = await run(['away-1', 'away-2', 'away-3', 'away-4', 'a']);
  expect([failed.length, ended]).toEqual([3, 'LogUnavailable']);
});

test('many pieces of one that is in trouble are one trouble', async () => {
  const { done, failed, ended } = await run(
    ['away-1', 'away-2', 'away-3', 'away-4', 'a'],
    (piece) => piece.split('-')[0],
  );
  expect([done, failed, ended]).toEqual([['a'], ['away-1'], 'LogUnavailable']);
});

test('work says when there is enough', async () => {
  expect((await run(['a', 'last', 'b'])).done).toEqual(['a', 'last']);
});
