import { expect, test } from '@jest/globals';
import { Batcher } from './batcher.js';

test('what is asked together is one call, and what comes meanwhile the next', async () => {
  const calls: number[][] = [];
  const mayEnd = Promise.withResolvers<undefined>();
  const batcher = new Batcher<number, number>(async (items) => {
    calls.push([...items]);
    await mayEnd.promise;
    return items.map((item) => item * 2);
  }, 3);
  const first = [1, 2, 3, 4].map((item) => batcher.add(item));
  await new Promise((resolve) => setImmediate(resolve));
  const later = batcher.add(5);
  mayEnd.resolve(undefined);
  expect(await Promise.all([...first, later])).toEqual([2, 4, 6, 8, 10]);
  expect(calls).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test('a call that fails fails for those in it, and the next is made', async () => {
  let failing = true;
  const batcher = new Batcher<number, number>((items) => {
    if (failing) return Promise.reject(new Error('away'));
    return Promise.resolve(items.slice(0, 1));
  }, 10);
  await expect(batcher.add(1)).rejects.toThrow('away');
  failing = false;
  const [one, two] = await Promise.allSettled([batcher.add(1), batcher.add(2)]);
  expect([one.status, two.status]).toEqual(['fulfilled', 'rejected']);
});
