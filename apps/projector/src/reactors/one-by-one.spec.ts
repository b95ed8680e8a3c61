import { LogUnavailable } from '@candor/event-store';
import { expect, jest, test } from '@jest/globals';
import { oneByOne } from './one-by-one.js';

async function run(pieces: readonly string[]) {
  const done: string[] = [];
  const failed = jest.fn<(piece: string, error: unknown) => void>();
  const ended = await oneByOne(
    pieces,
    (piece) => {
      if (piece === 'away') return Promise.reject(new LogUnavailable('away'));
      if (piece === 'broken') return Promise.reject(new TypeError('broken'));
      done.push(piece);
      return Promise.resolve(piece !== 'last');
    },
    failed,
  ).then(
    () => 'well',
    (error: unknown) => (error instanceof Error ? error.name : 'thrown'),
  );
  return { done, failed: failed.mock.calls.map(([piece]) => piece), ended };
}

test('what is in trouble does not hold up the others, and what passes is told at the end', async () => {
  expect(await run(['a', 'broken', 'b'])).toEqual({ done: ['a', 'b'], failed: ['broken'], ended: 'well' });
  expect(await run(['away', 'a', 'away', 'away', 'b'])).toMatchObject({
    done: ['a', 'b'],
    ended: 'LogUnavailable',
  });
  expect(await run(['broken', 'broken', 'broken', 'broken', 'a'])).toMatchObject({ done: ['a'] });
});

test('where everything is away, not everything is tried', async () => {
  const { failed, ended } = await run(['away', 'away', 'away', 'away', 'a']);
  expect([failed.length, ended]).toEqual([3, 'LogUnavailable']);
});

test('work says when there is enough', async () => {
  expect((await run(['a', 'last', 'b'])).done).toEqual(['a', 'last']);
});
