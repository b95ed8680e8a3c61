import { eventTypeFilter, excludeSystemEvents, START, streamNameFilter } from '@eventstore/db-client';
import type { Filter } from '@eventstore/db-client';
import { beforeAll, expect, test } from '@jest/globals';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { allOf, filterBy, rawRead, type RawFilter } from '../testing/raw-read.js';
import { event, failure, nodeForTests } from '../testing/stock-client.js';

const node = nodeForTests();
const TYPES = ['access.granted', 'access.revoked', 'delivery.failed', 'account.changed'];

beforeAll(async () => {
  for (let n = 0; n < 40; n++)
    await node.client.appendToStream(`${n % 2 === 0 ? 'even' : 'odd'}-${n}`, [event(TYPES[n % 4], { n })]);
  await node.client.setStreamMetadata('even-0', { owner: 'x' });
});

const numbers = (wanted: (n: number) => boolean): number[] =>
  Array.from({ length: 40 }, (_, n) => n).filter(wanted);

const read = async (
  filter: RawFilter,
  direction: 'forwards' | 'backwards',
  count = 1000,
): Promise<unknown[]> => {
  const responses = await rawRead(node.url, (options) => {
    allOf(options, direction, count);
    options.setFilter(filterBy(filter));
  });
  return responses.map((response) => {
    const data = Buffer.from(response.getEvent()?.getEvent()?.getData_asU8() ?? []).toString();
    return (JSON.parse(data) as { n?: number }).n ?? 'metadata';
  });
};

test.each<[string, RawFilter, (number | string)[]]>([
  ['type by prefixes', { on: 'type', prefixes: ['access.', 'account.'] }, numbers((n) => n % 4 !== 2)],
  ['type by pattern, anywhere', { on: 'type', regex: 'ed$' }, numbers(() => true)],
  ['stream by prefix', { on: 'stream', prefixes: ['odd-'] }, numbers((n) => n % 2 === 1)],
  ['stream by pattern', { on: 'stream', regex: '^(even|odd)-1\\d$' }, numbers((n) => n >= 10 && n < 20)],
  ['no system events', { on: 'type', regex: '^[^$].*' }, numbers(() => true)],
  ['system events only', { on: 'type', prefixes: ['$'] }, ['metadata']],
  ['nothing', { on: 'type', prefixes: ['none'] }, []],
])('a read of %s', async (_name, filter, expected) => {
  expect(await read(filter, 'forwards')).toEqual(expected);
  expect(await read(filter, 'backwards')).toEqual(expected.toReversed());
});

test('the count is of matching events', async () => {
  expect(await read({ on: 'stream', prefixes: ['odd-'] }, 'forwards', 3)).toEqual([1, 3, 5]);
  expect(await read({ on: 'stream', prefixes: ['odd-'] }, 'backwards', 2)).toEqual([39, 37]);
});

test.each<[string, Filter, number[]]>([
  ['type', eventTypeFilter({ prefixes: ['access.', 'account.'] }), numbers((n) => n % 4 !== 2)],
  ['stream', streamNameFilter({ regex: '-3' }), numbers((n) => String(n).startsWith('3'))],
  ['system', excludeSystemEvents(), numbers(() => true)],
])('a subscription filtered by %s', async (_name, filter, expected) => {
  const subscription = node.client.subscribeToAll({ fromPosition: START, filter });
  const seen: unknown[] = [];
  subscription.on('data', ({ event: recorded }) => seen.push((recorded?.data as { n: number }).n));
  await new Promise((resolve) => subscription.once('caughtUp', resolve));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await subscription.unsubscribe();
  expect(seen).toEqual(expected);
});

const refused: [string, (options: streams.ReadReq.Options) => void][] = [
  ['a broken pattern', (options) => options.setFilter(filterBy({ on: 'type', regex: '(' }))],
  ['an interval of zero', (options) => options.setFilter(filterBy({ on: 'type', multiplier: 0 }))],
  [
    'a filter without expression',
    (options) => options.setFilter(new streams.ReadReq.Options.FilterOptions()),
  ],
  [
    'neither count nor subscription',
    (options) => {
      options.clearCount();
    },
  ],
  [
    'neither stream nor all',
    (options) => {
      options.clearAll();
    },
  ],
  [
    'a subscription backwards',
    (options) => {
      options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
      options.setReadDirection(streams.ReadReq.Options.ReadDirection.BACKWARDS);
    },
  ],
  [
    'one stream, filtered',
    (options) => {
      const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from('odd-1'));
      options.setStream(new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(identifier));
      options.setFilter(filterBy({ on: 'type', prefixes: ['a'] }));
    },
  ],
];

test.each(refused)('refuses %s', async (_name, spoil) => {
  const reading = rawRead(node.url, (options) => {
    allOf(options, 'forwards', 10);
    options.setNoFilter(new shared.Empty());
    spoil(options);
  });
  expect((await failure(reading)).message).toContain('INVALID_ARGUMENT');
});
