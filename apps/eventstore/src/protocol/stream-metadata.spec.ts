import { ANY, NO_STREAM, STREAM_EXISTS, type StreamMetadata } from '@eventstore/db-client';
import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import * as stock from '../testing/stock-client.js';
import { collect, event, failure, nodeForTests, revisions, streamName } from '../testing/stock-client.js';

const node = nodeForTests();

describe.each([
  ['BatchAppend', {}],
  ['Append', stock.BY_APPEND_RPC],
])('through %s', (_rpc, options) => {
  test.each<StreamMetadata>([
    { maxCount: 2 },
    { maxAge: 1 },
    { truncateBefore: 1 },
    { acl: {}, maxCount: 0 },
  ])('metadata that truncates is not there: %j', async (metadata) => {
    const stream = streamName();
    await node.client.appendToStream(stream, [event(), event(), event()]);
    const error = await failure(node.client.setStreamMetadata(stream, metadata, options));
    expect(error).toMatchObject({ type: 'unknown' });
    expect(error.message).toMatch(/UNIMPLEMENTED: This node deletes nothing/);
    expect(await revisions(node.client.readStream(stream))).toEqual([0, 1, 2]);
    expect(await node.client.getStreamMetadata(stream)).toEqual({ streamName: stream });
  });

  test.each([
    '{"$tb":9223372036854775807}',
    "{'$tb':1}",
    '{"a":1,"$maxCount":1',
    '[]',
    'null',
    '',
    '{"\\u0024maxAge":1}',
  ])('nor what a real node might read as such: %j', async (text) => {
    const data = Buffer.from(text);
    const binary = { ...event('$metadata'), contentType: 'application/octet-stream', data } as const;
    const writing = node.client.appendToStream(`$$${streamName()}`, [event('$metadata'), binary], options);
    expect((await failure(writing)).message).toContain('UNIMPLEMENTED');
  });

  test('other metadata is kept and has no effect', async () => {
    const stream = streamName();
    await node.client.appendToStream(stream, [event()]);
    const metadata = { acl: { readRoles: ['nobody'], writeRoles: ['nobody'] }, cacheControl: 5, owner: 'x' };
    const first = await node.client.setStreamMetadata(stream, { old: true }, options);
    const second = await node.client.setStreamMetadata(stream, metadata, {
      ...options,
      expectedRevision: 0n,
    });
    expect([first.nextExpectedRevision, second.nextExpectedRevision]).toEqual([0n, 1n]);
    expect((await node.client.getStreamMetadata(stream)).metadata).toEqual(metadata);
    await node.client.appendToStream(stream, [event()]);
    expect(await revisions(node.client.readStream(stream))).toEqual([0, 1]);
  });
});

test('of a metadata stream only the last event is seen, by a link as well', async () => {
  const stream = streamName();
  await node.client.setStreamMetadata(stream, { n: 1 });
  await node.client.setStreamMetadata(stream, { n: 2 });
  expect(await revisions(node.client.readStream(`$$${stream}`))).toEqual([1]);
  const all = await collect(node.client.readAll());
  expect(all.filter(({ event: recorded }) => recorded?.streamId === `$$${stream}`)).toHaveLength(2);
  const links = streamName();
  const link = (target: string): ReturnType<typeof event> => ({
    ...event('$>'),
    id: randomUUID(),
    contentType: 'application/octet-stream',
    data: Buffer.from(target),
  });
  await node.client.appendToStream(links, [link(`0@$$${stream}`), link(`1@$$${stream}`)]);
  const resolved = await collect(node.client.readStream(links, { resolveLinkTos: true }));
  expect(resolved.map((one) => one.event?.revision)).toEqual([undefined, 1n]);
});

test('a stream with metadata only exists for the expected revision, and is not found by a read', async () => {
  const stream = streamName();
  await node.client.setStreamMetadata(stream, { owner: 'x' });
  expect(await failure(revisions(node.client.readStream(stream)))).toMatchObject({
    type: 'stream-not-found',
  });
  const append = (expectedRevision: typeof NO_STREAM | typeof STREAM_EXISTS | typeof ANY): Promise<unknown> =>
    node.client.appendToStream(stream, [event()], { expectedRevision });
  expect(await append(STREAM_EXISTS)).toMatchObject({ nextExpectedRevision: 0n });
  expect(await failure(append(NO_STREAM))).toMatchObject({ type: 'wrong-expected-version' });
});
