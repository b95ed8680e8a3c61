import { expect, test } from '@jest/globals';
import { pipelined } from './pipeline.js';

async function* items<T>(...values: readonly T[]): AsyncGenerator<T, void> {
  for (const value of values) yield await Promise.resolve(value);
}

async function collect<T>(answers: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const answer of answers) all.push(answer);
  return all;
}

test('answers come in the order of the items, whichever work ends first', async () => {
  const delay = (ms: number) => new Promise<number>((resolve) => setTimeout(resolve, ms, ms));
  expect(await collect(pipelined(items(20, 1, 10, 0), 3, delay))).toEqual([20, 1, 10, 0]);
});

test('no more than so many are worked on at once', async () => {
  let running = 0;
  let most = 0;
  const work = async (n: number): Promise<number> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running--;
    return n;
  };
  await collect(pipelined(items(...Array.from({ length: 20 }, (_, n) => n)), 2, work));
  expect(most).toBe(2);
});

test('an answer does not wait for the next item', async () => {
  let release = (): void => undefined;
  async function* slow(): AsyncGenerator<string, void> {
    yield 'first';
    await new Promise<void>((resolve) => (release = resolve));
    yield 'second';
  }
  const answers = pipelined(slow(), 2, (item) => Promise.resolve(item));
  expect(await answers.next()).toEqual({ done: false, value: 'first' });
  release();
  expect(await answers.next()).toEqual({ done: false, value: 'second' });
  expect((await answers.next()).done).toBe(true);
});

test('work that fails before its turn waits for its turn', async () => {
  let release = (): void => undefined;
  const work = (n: number): Promise<number> =>
    n === 2
      ? Promise.reject(new Error('told to fail'))
      : new Promise((resolve) => {
          release = () => {
            resolve(n);
          };
        });
  const answers = pipelined(items(1, 2), 2, work);
  const first = answers.next();
  // A failure that nobody listens to is told after a turn of the event loop, and ends a process.
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  release();
  expect((await first).value).toBe(1);
  await expect(answers.next()).rejects.toThrow('told to fail');
});

test('when the items fail, the answers to those before still come', async () => {
  async function* broken(): AsyncGenerator<number, void> {
    yield await Promise.resolve(1);
    yield 2;
    throw new Error('torn');
  }
  const seen: number[] = [];
  const run = async (): Promise<void> => {
    const work = (n: number) => new Promise<number>((resolve) => setTimeout(resolve, 5, n));
    for await (const answer of pipelined(broken(), 2, work)) seen.push(answer);
  };
  await expect(run()).rejects.toThrow('torn');
  expect(seen).toEqual([1, 2]);
});
