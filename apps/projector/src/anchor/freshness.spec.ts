import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import { LogBehind } from '@candor/checkpoints';
import { ViewBehind } from '@candor/read-models';
import { Story } from '@candor/testing';
import { freshFor, requireSeen } from './freshness.js';

let story: Story;
beforeEach(() => {
  story = new Story();
});

const happens = async () => {
  const slot = Math.floor(Math.random() * 1_000_000);
  await story.happens(null, `slot-${slot}`, { type: 'log.slot-assigned', body: { slot, log: randomUUID() } });
};
const places = async () =>
  (await story.events()).map(({ position, stored }) => ({ position, eventId: stored.id }));
const seenSince = (place: Parameters<typeof requireSeen>[1], ago: number) =>
  requireSeen(story.log, place, story.now - ago);

test('what a view has not seen must be younger than what an epoch has to cover', async () => {
  await happens();
  story.now += 60_000;
  await happens();
  story.now += 60_000;
  await happens();
  const [first, second, third] = await places();
  if (first === undefined || second === undefined || third === undefined) throw new Error('three events');
  story.now += 30_000;
  await seenSince(third, 0);
  await seenSince(second, 30_000);
  await expect(seenSince(second, 29_000)).rejects.toThrow(ViewBehind);
  await seenSince(first, 91_000);
  await expect(seenSince(first, 60_000)).rejects.toThrow(ViewBehind);
  await seenSince(null, 152_000);
  await expect(seenSince(null, 90_000)).rejects.toThrow(ViewBehind);
});

test('a store that lacks what a view has seen makes no epoch, whatever was recorded of it', async () => {
  await happens();
  await happens();
  const [first, second] = await places();
  if (first === undefined || second === undefined) throw new Error('two events');
  for (const place of [
    { ...second, position: second.position + 1n },
    { ...second, eventId: randomUUID() },
    { ...first, eventId: second.eventId },
  ])
    await expect(seenSince(place, 60_000)).rejects.toThrow(LogBehind);
});

test('an epoch is never so old that a receipt or a verifier would speak against it', () => {
  // An append may take so long, and clocks differ by as much.
  const [append, clocks] = [20, 20];
  for (const interval of [1, 2, 59, 60, 61, 179, 180, 181, 300, 3_600, 86_400]) {
    const oldest = (2 * freshFor(interval)) / 1_000 + append + clocks;
    expect([interval, oldest <= 2 * interval + 60]).toEqual([interval, true]);
    expect([interval, oldest - interval <= 300]).toEqual([interval, true]);
  }
});

test('of an empty store everything was seen', async () => {
  await seenSince(null, 0);
});
