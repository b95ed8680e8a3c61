import { END, eventTypeFilter, START } from '@eventstore/db-client';
import type { AllStreamSubscription, ResolvedEvent, StreamSubscription } from '@eventstore/db-client';
import { afterEach, describe, expect, test } from '@jest/globals';
import { bigEvent, event, nodeForTests, streamName } from '../testing/stock-client.js';

const node = nodeForTests();
const followed: Followed[] = [];

/** What a subscription has delivered so far, in order: events by type, and what it tells about itself. */
class Followed {
  readonly told: string[] = [];
  readonly events: ResolvedEvent[] = [];

  constructor(readonly subscription: AllStreamSubscription | StreamSubscription) {
    followed.push(this);
    subscription.on('confirmation', () => this.told.push('confirmation'));
    subscription.on('caughtUp', () => this.told.push('caught-up'));
    subscription.on('error', (error) => this.told.push(error.message));
    subscription.on('data', (resolved: ResolvedEvent) => {
      this.events.push(resolved);
      this.told.push(resolved.event?.type ?? 'nothing');
    });
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + 120_000;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`Waited in vain; told: ${this.told.join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  untilTold(...what: string[]): Promise<void> {
    return this.until(() => this.told.join(' ').endsWith(what.join(' ')));
  }
}

afterEach(async () => {
  for (const { subscription } of followed.splice(0)) await subscription.unsubscribe();
});

const append = async (stream: string, ...types: string[]): Promise<bigint> => {
  const { position } = await node.client.appendToStream(
    stream,
    types.map((type) => event(type)),
  );
  return position?.commit ?? 0n;
};

describe('to a stream', () => {
  test('from the start: what is there, then what comes', async () => {
    const stream = streamName();
    await append(stream, 'a', 'b');
    const all = new Followed(node.client.subscribeToStream(stream, { fromRevision: START }));
    await all.untilTold('confirmation', 'a', 'b', 'caught-up');
    await append(stream, 'c');
    await append(streamName(), 'elsewhere');
    await append(stream, 'd');
    await all.untilTold('caught-up', 'c', 'd');
  });

  test('from a revision: what follows it', async () => {
    const stream = streamName();
    await append(stream, 'a', 'b', 'c');
    const all = new Followed(node.client.subscribeToStream(stream, { fromRevision: 1n }));
    await all.untilTold('confirmation', 'c', 'caught-up');
  });

  test('from the end: only what comes', async () => {
    const stream = streamName();
    await append(stream, 'a');
    const all = new Followed(node.client.subscribeToStream(stream, { fromRevision: END }));
    await all.untilTold('confirmation', 'caught-up');
    await append(stream, 'b');
    await all.untilTold('caught-up', 'b');
  });

  test('that does not exist yet', async () => {
    const stream = streamName();
    const all = new Followed(node.client.subscribeToStream(stream, { fromRevision: START }));
    await all.untilTold('confirmation', 'caught-up');
    await append(stream, 'born');
    await all.untilTold('caught-up', 'born');
  });
});

describe('to the whole log', () => {
  test('after a position, and from the end', async () => {
    const stream = streamName();
    const first = await append(stream, 'a');
    await append(stream, 'b');
    const after = node.client.subscribeToAll({ fromPosition: { commit: first, prepare: first } });
    const fromEnd = node.client.subscribeToAll({ fromPosition: END });
    const [late, live] = [new Followed(after), new Followed(fromEnd)];
    await late.untilTold('confirmation', 'b', 'caught-up');
    await live.untilTold('confirmation', 'caught-up');
    await append(stream, 'c');
    await late.untilTold('caught-up', 'c');
    await live.untilTold('caught-up', 'c');
  });

  test('while many write: every event once, in order, also when resumed', async () => {
    const before = await append(streamName(), 'mark');
    let writing = true;
    let written = 0;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      while (writing) {
        await append(`busy-${writer}`, 'x', 'y');
        written += 2;
      }
    });
    const seen: bigint[] = [];
    for (let resume = 0; resume < 6; resume++) {
      const commit = seen.at(-1) ?? before;
      const part = new Followed(node.client.subscribeToAll({ fromPosition: { commit, prepare: commit } }));
      await part.until(() => part.events.length > 150);
      await part.subscription.unsubscribe();
      seen.push(...part.events.map(({ commitPosition }) => commitPosition ?? -1n));
    }
    writing = false;
    await Promise.all(writers);
    const commit = seen.at(-1) ?? 0n;
    const rest = new Followed(node.client.subscribeToAll({ fromPosition: { commit, prepare: commit } }));
    await rest.untilTold('caught-up');
    seen.push(...rest.events.map(({ commitPosition }) => commitPosition ?? -1n));
    expect(seen).toEqual(Array.from({ length: written }, (_, n) => before + 1n + BigInt(n)));
  });

  test('a paused reader stops the reading and misses nothing', async () => {
    const stream = streamName();
    const from = await append(stream, 'mark');
    const subscription = node.client.subscribeToAll({ fromPosition: { commit: from, prepare: from } });
    const all = new Followed(subscription);
    await all.untilTold('caught-up');
    subscription.pause();
    for (let n = 0; n < 40; n++) await node.client.appendToStream(stream, [bigEvent(500_000)]);
    expect(all.events.length).toBeLessThan(40);
    subscription.resume();
    await all.until(() => all.events.length === 40);
    const revisions = all.events.map(({ event: recorded }) => Number(recorded?.revision));
    expect(revisions).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
  });
});

test('many subscriptions live side by side', async () => {
  const streams = Array.from({ length: 60 }, () => streamName());
  const subscriptions = streams.map(
    (stream) => new Followed(node.client.subscribeToStream(stream, { fromRevision: START })),
  );
  await Promise.all(subscriptions.map((each) => each.untilTold('caught-up')));
  await Promise.all(streams.map((stream, n) => append(stream, `type-${n}`)));
  await Promise.all(subscriptions.map((each, n) => each.untilTold('caught-up', `type-${n}`)));
});

describe('filtered', () => {
  test('tells checkpoints by the interval, never ahead of what it sent', async () => {
    const stream = streamName();
    const from = await append(stream, 'mark');
    const types = Array.from({ length: 100 }, (_, n) => (n % 40 === 39 ? 'wanted' : 'other'));
    await append(stream, ...types);
    const order: string[] = [];
    const filter = eventTypeFilter({
      prefixes: ['wanted'],
      maxSearchWindow: 5,
      checkpointInterval: 2,
      checkpointReached: (_subscription, { commit }) => {
        order.push(`checkpoint ${commit - from}`);
        return Promise.resolve();
      },
    });
    const subscription = node.client.subscribeToAll({
      fromPosition: { commit: from, prepare: from },
      filter,
    });
    const all = new Followed(subscription);
    subscription.on('data', (resolved: ResolvedEvent) =>
      order.push(`event ${(resolved.commitPosition ?? 0n) - from}`),
    );
    await all.untilTold('caught-up');
    const tens = Array.from({ length: 10 }, (_, n) => `checkpoint ${(n + 1) * 10}`);
    expect(order).toEqual([
      ...tens.slice(0, 3),
      'event 40',
      ...tens.slice(3, 7),
      'event 80',
      ...tens.slice(7),
    ]);

    await append(stream, ...Array.from({ length: 10 }, () => 'other'));
    await all.until(() => order.at(-1) === 'checkpoint 110');
    await append(stream, 'other', 'wanted');
    await all.until(() => order.at(-1) === 'event 112');
  });

  test('says at the end of the catch-up how far it has come', async () => {
    const from = await append(streamName(), 'mark', 'quiet', 'quiet');
    const checkpoints: bigint[] = [];
    const filter = eventTypeFilter({
      prefixes: ['nothing-like-it'],
      maxSearchWindow: 1000,
      checkpointReached: (_subscription, { commit }) => {
        checkpoints.push(commit);
        return Promise.resolve();
      },
    });
    const all = new Followed(node.client.subscribeToAll({ fromPosition: START, filter }));
    await all.untilTold('confirmation', 'caught-up');
    expect(checkpoints.at(-1)).toBe(from);
  });
});
