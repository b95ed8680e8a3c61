import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { EventStoreDBClient, START } from '@eventstore/db-client';
import type * as grpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  startNodeOnSmallHeap,
  startNodeProcess,
  temporaryDirectory,
  type NodeProcess,
} from '../testing/node-process.js';
import { anyRevision, batchRequest } from '../testing/batch-request.js';
import { allOf } from '../testing/raw-read.js';
import { bigEvent, event, failure, isTimeout, revisions, streamName } from '../testing/stock-client.js';

/** What the stock client does not forgive, each against a node as people run it. */
const { StreamsClient } = createRequire(import.meta.url)(
  '@eventstore/db-client/generated/streams_grpc_pb.js',
) as typeof grpc;

const directory = temporaryDirectory();
let node: NodeProcess;
let client: EventStoreDBClient;

beforeAll(async () => {
  node = await startNodeOnSmallHeap(directory.path);
  client = EventStoreDBClient.connectionString(node.url);
});

afterAll(async () => {
  await client.dispose();
  await node.end('SIGTERM');
  directory.remove();
});

const rawClient = (): grpc.StreamsClient =>
  new StreamsClient(new URL(node.url).host, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const residentMb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))?.[1]) / 1024;
const openFiles = (): number => readdirSync(`/proc/${node.pid}/fd`).length;

describe('bytes that are no message', () => {
  const garbage = Buffer.from([0xff, 0xff, 0xff]);

  test.each([
    ['Read', '/event_store.client.streams.Streams/Read'],
    ['Append', '/event_store.client.streams.Streams/Append'],
    ['BatchAppend', '/event_store.client.streams.Streams/BatchAppend'],
  ])('end that call of %s and nothing else', async (_rpc, path) => {
    const stream = streamName();
    const raw = rawClient();
    const call = raw.makeBidiStreamRequest(
      path,
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
    );
    const ended = new Promise<ServiceError>((resolve) => call.on('error', resolve));
    call.on('data', () => undefined);
    call.write(garbage);
    expect((await ended).code).toBeGreaterThan(0);
    raw.close();
    await client.appendToStream(stream, [event()]);
    expect(await revisions(client.readStream(stream))).toEqual([0]);
  });
});

test('an append that waits for the disk holds up no read', async () => {
  const stream = streamName();
  await client.appendToStream(stream, [event()]);
  const blocker = new DatabaseSync(join(directory.path, 'events.db'));
  blocker.exec('BEGIN IMMEDIATE');
  let answered = false;
  const append = client.appendToStream(stream, [event()]).then(() => (answered = true));
  try {
    await sleep(50);
    expect(await revisions(client.readStream(stream))).toEqual([0]);
    expect(answered).toBe(false);
  } finally {
    blocker.exec('ROLLBACK');
    blocker.close();
  }
  expect(await append).toBe(true);
});

test('a subscriber that does not read costs the node a page, not the log', async () => {
  const stream = streamName();
  const subscription = client.subscribeToStream(stream, { fromRevision: START });
  subscription.on('error', () => undefined);
  await new Promise((resolve) => subscription.once('caughtUp', resolve));
  subscription.pause();
  const append = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) await client.appendToStream(stream, [bigEvent(1_000_000)]);
  };
  await append(40);
  const before = residentMb();
  await append(160);
  expect(residentMb() - before).toBeLessThan(80);
  await subscription.unsubscribe();
});

test('ten thousand subscriptions, begun and ended, leave nothing behind', async () => {
  const raw = rawClient();
  const request = new streams.ReadReq();
  const options = new streams.ReadReq.Options();
  allOf(options, 'forwards', 1);
  options.clearCount();
  options.setAll(new streams.ReadReq.Options.AllOptions().setEnd(new shared.Empty()));
  request.setOptions(options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions()));
  const ends = new Set<number>();
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      const call = raw.read(request);
      call.on('data', () => {
        call.cancel();
      });
      call.on('error', ({ code }: ServiceError) => {
        ends.add(code);
        resolve();
      });
    });
  const many = async (times: number): Promise<void> => {
    const lanes = Array.from({ length: 50 }, async () => {
      for (let n = 0; n < times / 50; n++) await once();
    });
    await Promise.all(lanes);
  };
  await many(2_000);
  const before = { memory: residentMb(), files: openFiles() };
  await many(8_000);
  // Cancelled by the client, or refused (8) while a hundred others had not ended yet: the connection never broke.
  expect([...ends].filter((code) => code !== 8)).toEqual([1]);
  expect(openFiles()).toBe(before.files);
  expect(residentMb() - before.memory).toBeLessThan(25);
  raw.close();
});

describe('the end of the node', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('by %s settles every append and every read', async (signal) => {
    const own = temporaryDirectory();
    const ending = await startNodeProcess(own.path);
    const leaving = EventStoreDBClient.connectionString(ending.url);
    await leaving.appendToStream('s', [event()]);
    const subscription = leaving.subscribeToStream('s', { fromRevision: START });
    const told = new Promise((resolve) => subscription.on('error', resolve));
    subscription.resume();
    const appends = Array.from({ length: 3000 }, (_, n) => leaving.appendToStream(`s-${n % 9}`, [event()]));
    const settled = Promise.allSettled(appends);
    await ending.end(signal);
    const results = await settled;
    for (const result of results)
      if (result.status === 'rejected' && !isTimeout(result.reason))
        expect(result.reason).toMatchObject({ type: 'unavailable' });
    expect(await told).toMatchObject({ type: 'unavailable' });
    expect(await failure(revisions(leaving.readStream('s')))).toMatchObject({ type: 'unavailable' });
    await leaving.dispose();
    own.remove();
  });

  test('an append whose end never came is rejected with its stream', async () => {
    const own = temporaryDirectory();
    const ending = await startNodeProcess(own.path);
    const raw = new StreamsClient(new URL(ending.url).host, credentials.createInsecure());
    const call = raw.batchAppend();
    const ended = new Promise<ServiceError>((resolve) => call.on('error', resolve));
    call.on('data', () => undefined);
    call.write(batchRequest(randomUUID(), false).setOptions(anyRevision('s')));
    await sleep(50);
    await ending.end('SIGTERM');
    expect((await ended).code).toBe(14);
    raw.close();
    own.remove();
  });
});
