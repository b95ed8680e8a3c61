import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Story } from '@candor/testing';
import { Feed } from './feed.js';

let story: Story;
let stop: AbortController;

beforeEach(async () => {
  story = new Story();
  await story.open(await story.vault.platformLog(), 'platform');
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
});

async function happen(count: number): Promise<void> {
  for (let n = 0; n < count; n++)
    await story.happens(null, `store-${randomUUID()}`, {
      type: 'platform.store-created',
      body: { store: randomUUID() },
    });
}

const feed = async (): Promise<Feed> =>
  new Feed(story.log, { after: (await story.end()) || null }, stop.signal);

test('at the end of the log an event is handed out as soon as it is there', async () => {
  const following = await feed();
  for (const count of [1, 1, 2]) {
    const taking = following.take();
    await sleep(5);
    await happen(count);
    expect(await taking).toHaveLength(1);
    if (count > 1) expect(await following.take()).toHaveLength(count - 1);
  }
});

test('after a large batch the next ones are waited for, for a moment', async () => {
  const following = await feed();
  await happen(64);
  await sleep(5);
  expect(await following.take()).toHaveLength(64);
  await happen(1);
  await sleep(5);
  const from = performance.now();
  expect(await following.take()).toHaveLength(1);
  expect(performance.now() - from).toBeGreaterThan(35);
  // That one was small again.
  const next = following.take();
  await sleep(5);
  await happen(1);
  expect(await next).toHaveLength(1);
});

test('a taker leaves when nothing is there, with how far nothing more will come', async () => {
  const following = await feed();
  await happen(1);
  const [first] = await following.take();
  let asked: bigint | undefined;
  const left = await following.take(undefined, undefined, (passed) => {
    asked = passed;
    return true;
  });
  expect([left, asked]).toEqual([[], first?.position]);
});
