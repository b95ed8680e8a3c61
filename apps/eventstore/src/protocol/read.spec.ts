import { BACKWARDS, END, FORWARDS, START } from '@eventstore/db-client';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import * as stock from '../testing/stock-client.js';
import { collect, event, failure, nodeForTests, revisions, streamName } from '../testing/stock-client.js';

const node = nodeForTests();
const TEN = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

describe('one stream', () => {
  const stream = streamName();

  beforeAll(async () => {
    await node.client.appendToStream(
      stream,
      TEN.map((n) => event(`type-${n}`, { n })),
    );
  });

  test.each([
    ['forwards from the start', { direction: FORWARDS, fromRevision: START }, TEN],
    ['forwards from a revision, which is included', { direction: FORWARDS, fromRevision: 7n }, [7, 8, 9]],
    ['forwards from the end', { direction: FORWARDS, fromRevision: END }, []],
    ['forwards from beyond the end', { direction: FORWARDS, fromRevision: 99n }, []],
    ['forwards, three', { direction: FORWARDS, fromRevision: 2n, maxCount: 3 }, [2, 3, 4]],
    ['backwards from the end', { direction: BACKWARDS, fromRevision: END }, TEN.toReversed()],
    ['backwards from a revision, which is included', { direction: BACKWARDS, fromRevision: 2n }, [2, 1, 0]],
    ['backwards from beyond the end', { direction: BACKWARDS, fromRevision: 99n, maxCount: 2 }, [9, 8]],
    ['backwards from the start', { direction: BACKWARDS, fromRevision: START }, [0]],
  ] as const)('%s', async (_name, options, expected) => {
    expect(await revisions(node.client.readStream(stream, options))).toEqual(expected);
  });

  test('an event comes back as it was written', async () => {
    const written = { ...event('kept', { a: [1, 'ü', null] }), metadata: { command: 'c' } };
    const name = streamName();
    const before = Date.now();
    const { position } = await node.client.appendToStream(name, [written]);
    const [read] = await collect(node.client.readStream(name));
    const { id, type, data, metadata } = written;
    expect(read?.event).toMatchObject({
      streamId: name,
      id,
      type,
      data,
      metadata,
      revision: 0n,
      isJson: true,
    });
    expect(read?.event?.position).toEqual(position);
    expect(read?.event?.created.getTime()).toBeGreaterThanOrEqual(before);
    expect(read?.event?.created.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('binary data and metadata are kept to the byte', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
    const name = streamName();
    await node.client.appendToStream(name, [
      {
        id: randomUUID(),
        contentType: 'application/octet-stream',
        type: 'raw',
        data: bytes,
        metadata: bytes,
      },
    ]);
    const [read] = await collect(node.client.readStream(name));
    expect(Buffer.from(read?.event?.data as Uint8Array)).toEqual(Buffer.from(bytes));
    expect(Buffer.from(read?.event?.metadata as Uint8Array)).toEqual(Buffer.from(bytes));
  });

  test.each([FORWARDS, BACKWARDS] as const)(
    'a stream that does not exist is not found (%s)',
    async (direction) => {
      const name = streamName('größe');
      const error = await failure(collect(node.client.readStream(name, { direction, fromRevision: START })));
      expect(error).toMatchObject({ type: 'stream-not-found' });
    },
  );

  test.each(['', '$$', '$all'])('%j is not the name of a stream', async (name) => {
    expect(await failure(collect(node.client.readStream(name)))).toMatchObject({ type: 'unknown' });
  });
});

describe('the whole log', () => {
  test('reads in the order of the commits, forwards with the position, backwards before it', async () => {
    const written: bigint[] = [];
    for (let n = 0; n < 5; n++)
      written.push((await node.client.appendToStream(streamName(), [event()])).position?.commit ?? 0n);
    const read = async (direction: typeof FORWARDS | typeof BACKWARDS, from: bigint): Promise<bigint[]> => {
      const fromPosition = { commit: from, prepare: from };
      const events = await collect(node.client.readAll({ direction, fromPosition, maxCount: 3 }));
      return events.map(({ commitPosition }) => commitPosition ?? -1n);
    };
    const [, , third = 0n] = written;
    expect(await read(FORWARDS, third)).toEqual(written.slice(2));
    expect(await read(BACKWARDS, written[3] ?? 0n)).toEqual(written.slice(0, 3).toReversed());
    const last = await collect(node.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }));
    expect(last[0]?.commitPosition).toBe(written.at(-1));
    expect(await collect(node.client.readAll({ fromPosition: END }))).toEqual([]);
    expect(await collect(node.client.readAll({ direction: BACKWARDS, fromPosition: START }))).toEqual([]);
  });

  test('reads more than a page, and events larger than one', async () => {
    const stream = streamName();
    const many = Array.from({ length: 1500 }, (_, n) => event('many', { n }));
    await node.client.appendToStream(stream, many);
    for (let n = 0; n < 4; n++) await node.client.appendToStream(stream, [stock.bigEvent(600_000)]);
    const all = await collect(node.client.readAll());
    const positions = all.map(({ event: recorded }) => Number(recorded?.position?.commit));
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(all.filter(({ event: recorded }) => recorded?.streamId === stream)).toHaveLength(1504);
    const backwards = node.client.readAll({ direction: BACKWARDS, fromPosition: END });
    const reversed = (await collect(backwards)).map(({ event: recorded }) =>
      Number(recorded?.position?.commit),
    );
    expect(reversed).toEqual(positions.toReversed());
    expect(await revisions(node.client.readStream(stream))).toHaveLength(1504);
  });
});

describe('links', () => {
  const link = (text: string): ReturnType<typeof event> => ({
    id: randomUUID(),
    contentType: 'application/octet-stream',
    type: '$>',
    data: Buffer.from(text),
    metadata: undefined,
  });

  test('lead to their events when that is asked for', async () => {
    const target = streamName('with@sign');
    const links = streamName('links');
    const { position } = await node.client.appendToStream(target, [event('first'), event('second')]);
    await node.client.appendToStream(links, [link(`1@${target}`), link('0@nowhere'), link('nonsense')]);
    const resolved = await collect(node.client.readStream(links, { resolveLinkTos: true }));
    expect(resolved[0]).toMatchObject({
      event: { type: 'second', streamId: target, revision: 1n, position },
      link: { type: '$>', streamId: links, revision: 0n },
    });
    expect(resolved[1]?.event).toBeUndefined();
    expect(resolved[1]?.link).toMatchObject({ streamId: links });
    expect(resolved[2]?.link).toBeUndefined();
    expect(resolved[2]?.event).toMatchObject({ streamId: links, type: '$>' });
    const plain = await collect(node.client.readStream(links));
    expect(plain.map(({ event: recorded }) => recorded?.type)).toEqual(['$>', '$>', '$>']);
  });
});
