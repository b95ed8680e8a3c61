import { eventTypeFilter, excludeSystemEvents, START, streamNameFilter } from '@eventstore/db-client';
import type { Filter } from '@eventstore/db-client';
import { beforeAll, expect, test } from '@jest/globals';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { allOf, filterBy, rawRead, type RawFilter } from '../testing/raw-read.js';
import { collect, event, failure, nodeForTests, streamName } from '../testing/stock-client.js';

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

test('is of the record that is there, not of what it links to', async () => {
  const link = {
    ...event('$>'),
    contentType: 'application/octet-stream',
    data: Buffer.from('0@odd-1'),
  } as const;
  const links = streamName('links');
  await node.client.appendToStream(links, [link]);
  const resolved = async (filter: Filter): Promise<unknown[]> => {
    const subscription = node.client.subscribeToAll({ fromPosition: START, filter, resolveLinkTos: true });
    const seen: unknown[] = [];
    subscription.on('data', (one) => seen.push([one.link?.streamId ?? null, one.event?.streamId]));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    await subscription.unsubscribe();
    return seen;
  };
  expect(await resolved(eventTypeFilter({ prefixes: ['$>'] }))).toEqual([[links, 'odd-1']]);
  expect(await resolved(streamNameFilter({ prefixes: ['odd-1'] }))).not.toContainEqual([links, 'odd-1']);
  // What the client offers for reads is the whole log, links resolved or not.
  const all = await collect(node.client.readAll({ resolveLinkTos: true }));
  expect(all.at(-1)).toMatchObject({ link: { streamId: links }, event: { streamId: 'odd-1' } });
});

test('ids come as two numbers to who asks for that', async () => {
  const [asked, usual] = await Promise.all(
    [true, false].map((structured) =>
      rawRead(node.url, (options) => {
        allOf(options, 'forwards', 40);
        const how = new streams.ReadReq.Options.UUIDOption();
        if (structured) options.setUuidOption(how.setStructured(new shared.Empty()));
      }),
    ),
  );
  const idOf = (response: streams.ReadResp): shared.UUID | undefined =>
    response.getEvent()?.getEvent()?.getId();
  const hex = (half: string | undefined): string =>
    BigInt.asUintN(64, BigInt(half ?? 0))
      .toString(16)
      .padStart(16, '0');
  const texts = asked?.map((response) => {
    const halves = idOf(response)?.getStructured();
    return hex(halves?.getMostSignificantBits()) + hex(halves?.getLeastSignificantBits());
  });
  expect(texts).toEqual(usual?.map((response) => idOf(response)?.getString().replaceAll('-', '')));
});

const refused: [string, (options: streams.ReadReq.Options) => void][] = [
  ['a broken pattern', (options) => options.setFilter(filterBy({ on: 'type', regex: '(' }))],
  ['an interval of zero', (options) => options.setFilter(filterBy({ on: 'type', multiplier: 0 }))],
  ...['\\Aaccess', '\\p{L}', 'x\\\\\\z', '[]a]', '[^]a]', '[a-z-[aeiou]]', '(?i)a', '(?>a)'].map(
    (regex): [string, (options: streams.ReadReq.Options) => void] => [
      `a pattern that .NET reads otherwise: ${regex}`,
      (options) => options.setFilter(filterBy({ on: 'type', regex })),
    ],
  ),
  [
    'a filter without expression',
    (options) => options.setFilter(new streams.ReadReq.Options.FilterOptions().setMax(5)),
  ],
  [
    'a filter without window',
    (options) => {
      const filter = filterBy({ on: 'type', prefixes: ['a'] });
      filter.clearMax();
      options.setFilter(filter);
    },
  ],
  ['a window of zero', (options) => options.setFilter(filterBy({ on: 'type', prefixes: ['a'] }).setMax(0))],
  [
    'neither filter nor none',
    (options) => {
      options.clearNoFilter();
    },
  ],
  [
    'ids without a form',
    (options) => {
      options.clearUuidOption();
    },
  ],
  ['no start', (options) => options.setAll(new streams.ReadReq.Options.AllOptions())],
  [
    'no start of a stream',
    (options) => {
      const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from('odd-1'));
      options.setStream(new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(identifier));
    },
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
      const stream = new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(identifier);
      options.setStream(stream.setStart(new shared.Empty()));
      options.setFilter(filterBy({ on: 'type', prefixes: ['a'] }));
    },
  ],
];

test.each(refused)('refuses %s', async (_name, spoil) => {
  const reading = rawRead(node.url, (options) => {
    allOf(options, 'forwards', 10);
    spoil(options);
  });
  expect((await failure(reading)).message).toContain('INVALID_ARGUMENT');
});
