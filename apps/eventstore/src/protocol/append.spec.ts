import { ANY, NO_STREAM, STREAM_EXISTS, type AppendExpectedRevision } from '@eventstore/db-client';
import { describe, expect, test } from '@jest/globals';
import * as stock from '../testing/stock-client.js';
import { event, failure, isTimeout, nodeForTests, revisions, streamName } from '../testing/stock-client.js';

const node = nodeForTests();

describe.each([
  ['BatchAppend', {}],
  ['Append', stock.BY_APPEND_RPC],
])('through %s', (_rpc, options) => {
  const append = (
    stream: string,
    events: ReturnType<typeof event>[],
    expectedRevision: AppendExpectedRevision,
  ): ReturnType<typeof node.client.appendToStream> =>
    node.client.appendToStream(stream, events, { expectedRevision, ...options });

  const streamOf = async (events: number): Promise<string> => {
    const stream = streamName();
    await append(
      stream,
      Array.from({ length: events }, () => event()),
      NO_STREAM,
    );
    return stream;
  };

  test('tells the revision and position of the last event', async () => {
    const stream = streamName();
    const first = await append(stream, [event(), event()], NO_STREAM);
    const second = await append(stream, [event()], 1n);
    expect(first).toMatchObject({ success: true, nextExpectedRevision: 1n });
    expect(second).toMatchObject({ success: true, nextExpectedRevision: 2n });
    expect(second.position?.commit).toBeGreaterThan(first.position?.commit ?? 0n);
  });

  test.each([
    ['no_stream, and the stream has events', 2, NO_STREAM, 1n],
    ['a revision behind the end', 3, 0n, 2n],
    ['a revision beyond the end', 1, 5n, 0n],
    ['a revision of a stream that does not exist', 0, 0n, 'no_stream'],
    ['stream_exists of a stream that does not exist', 0, STREAM_EXISTS, 'no_stream'],
  ] as const)('refuses %s', async (_name, events, expected, actual) => {
    const stream = events === 0 ? streamName() : await streamOf(events);
    const error = await failure(append(stream, [event()], expected));
    expect(error).toMatchObject({ type: 'wrong-expected-version', streamName: stream });
    expect(error).toMatchObject({ expectedVersion: expected });
    expect(error['actualVersion']).toBe(actual);
  });

  test.each([
    ['any', ANY],
    ['stream_exists', STREAM_EXISTS],
    ['the last revision', 1n],
  ] as const)('accepts %s', async (_name, expected) => {
    const stream = await streamOf(2);
    expect(await append(stream, [event()], expected)).toMatchObject({ nextExpectedRevision: 2n });
  });

  test.each([
    ['no_stream', 0, NO_STREAM],
    ['any', 0, ANY],
    ['any', 2, ANY],
    ['stream_exists', 2, STREAM_EXISTS],
    ['the exact revision', 2, 1n],
  ] as const)('answers a repetition with %s as it did at first', async (_name, before, expected) => {
    const stream = before === 0 ? streamName() : await streamOf(before);
    const events = [event(), event()];
    const first = await append(stream, events, expected);
    await append(stream, [event()], ANY);
    expect(await append(stream, events, expected)).toEqual(first);
    expect(await revisions(node.client.readStream(stream))).toHaveLength(before + 3);
  });

  test('refuses a repetition that differs in its later events', async () => {
    const stream = streamName();
    const first = event();
    await append(stream, [first, event()], NO_STREAM);
    for (const expected of [NO_STREAM, ANY] as const) {
      const error = await failure(append(stream, [first, event()], expected));
      expect(error).toMatchObject({ type: 'wrong-expected-version', actualVersion: 1n });
    }
  });

  test('takes the same event id in two streams', async () => {
    const shared = event();
    for (const stream of [streamName(), streamName()])
      expect(await append(stream, [shared], ANY)).toMatchObject({ nextExpectedRevision: 0n });
  });

  test('an append of nothing creates nothing', async () => {
    const stream = await streamOf(2);
    expect(await append(stream, [], 1n)).toMatchObject({ success: true, nextExpectedRevision: 1n });
    const none = streamName();
    expect(await append(none, [], ANY)).toMatchObject({ success: true });
    expect(await failure(revisions(node.client.readStream(none)))).toMatchObject({
      type: 'stream-not-found',
    });
    expect(await failure(append(stream, [], NO_STREAM))).toMatchObject({ type: 'wrong-expected-version' });
  });

  test('refuses more than 1 MiB whole, and goes on', async () => {
    const stream = streamName();
    const error = await failure(append(stream, [event(), stock.bigEvent(1024 * 1024)], ANY));
    expect(error).toMatchObject({ type: 'maximum-append-size-exceeded', maxAppendSize: 1024 * 1024 });
    const inChunks = Array.from({ length: 5 }, () => stock.bigEvent(1024 * 1024));
    expect(await failure(append(stream, inChunks, ANY))).toMatchObject({ type: error['type'] });
    expect(await append(stream, [stock.bigEvent(1024 * 1024 - 100)], NO_STREAM)).toMatchObject({
      success: true,
    });
  });

  test('lets one of many concurrent writers win each revision', async () => {
    const stream = await streamOf(1);
    let won = 0;
    for (let revision = 0n; revision < 5n; revision++) {
      const writers = Array.from({ length: 20 }, () => append(stream, [event()], revision));
      const results = await Promise.allSettled(writers);
      won += results.filter(({ status }) => status === 'fulfilled').length;
      for (const result of results)
        if (result.status === 'rejected')
          expect(result.reason).toMatchObject({ type: 'wrong-expected-version' });
    }
    expect(won).toBe(5);
    expect(await revisions(node.client.readStream(stream))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('one bad append does not disturb the others', async () => {
    const stream = streamName();
    const bad = { ...event(), id: '00000000-0000-0000-0000-000000000000' };
    const nameless = { ...event(), type: '' };
    const nul = event('a\0b');
    const appends = [bad, event(), nameless, event(), nul].map((each) => append(stream, [each], ANY));
    for (const name of ['', 'a\0b', '\0']) appends.push(append(name, [event()], ANY));
    const results = await Promise.allSettled(appends);
    const taken = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
    expect(taken).toEqual([1, 3]);
  });

  test('keeps names, types and data of any script', async () => {
    const stream = streamName('Straße-日本');
    await append(stream, [event('größer.wurde', { text: '🙂' })], NO_STREAM);
    const [read] = await stock.collect(node.client.readStream(stream));
    expect(read?.event).toMatchObject({ streamId: stream, type: 'größer.wurde', data: { text: '🙂' } });
    const error = await failure(append(stream, [event()], 7n));
    expect(error).toMatchObject({ type: 'wrong-expected-version', streamName: stream });
  });

  test('takes a name with a byte order mark for another one', async () => {
    const stream = await streamOf(1);
    const marked = `\uFEFF${stream}`;
    await append(marked, [event()], NO_STREAM);
    expect(await revisions(node.client.readStream(stream))).toEqual([0]);
    const [read] = await stock.collect(node.client.readStream(marked));
    expect(read?.event).toMatchObject({ streamId: marked, revision: 0n });
  });
});

test('a deadline that has passed is a timeout, and nothing is written', async () => {
  const stream = streamName();
  const append = node.client.appendToStream(stream, [event()], { deadline: -1 });
  expect(await failure(append)).toMatchObject({ type: 'deadline-exceeded' });
  expect(await failure(revisions(node.client.readStream(stream)))).toMatchObject({
    type: 'stream-not-found',
  });
});

test('two thousand appends at once are all answered', async () => {
  const appends = Array.from({ length: 2000 }, (_, n) =>
    node.client.appendToStream(`many-${n % 50}`, [event()], { expectedRevision: ANY }),
  );
  const answers = await Promise.allSettled(appends);
  for (const answer of answers) if (answer.status === 'rejected') expect(isTimeout(answer.reason)).toBe(true);
  const written = answers.filter(({ status }, n) => n % 50 === 7 && status === 'fulfilled');
  const read = await revisions(node.client.readStream('many-7'));
  expect(read).toEqual(Array.from({ length: read.length }, (_, n) => n));
  expect([written.length > 0, read.length >= written.length, read.length <= 40]).toEqual([true, true, true]);
});
