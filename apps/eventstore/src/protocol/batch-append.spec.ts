import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import { credentials, type ClientDuplexStream } from '@grpc/grpc-js';
import type * as grpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AppendResult } from '../store/event.js';
import { answerText, anyRevision, batchRequest } from '../testing/batch-request.js';
import { FakeCall } from '../testing/fake-call.js';
import { nodeForTests, revisions, streamName } from '../testing/stock-client.js';
import { BatchAppend } from './batch-append.js';

const node = nodeForTests();
const { StreamsClient } = createRequire(import.meta.url)(
  '@eventstore/db-client/generated/streams_grpc_pb.js',
) as typeof grpc;

let client: grpc.StreamsClient;
let call: ClientDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;
let answers: string[];
let ended: Promise<unknown>;

beforeEach(() => {
  client = new StreamsClient(new URL(node.url).host, credentials.createInsecure());
  call = client.batchAppend();
  answers = [];
  call.on('data', (response: streams.BatchAppendResp) => {
    answers.push(answerText(response));
  });
  ended = new Promise((resolve) => call.on('status', resolve).on('error', () => undefined));
});

afterEach(() => {
  call.cancel();
  client.close();
});

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test('an append in several messages is one append', async () => {
  const stream = streamName();
  const id = randomUUID();
  call.write(batchRequest(id, false, 0).setOptions(anyRevision(stream)));
  call.write(batchRequest(id, false, 2));
  call.write(batchRequest(id, true, 3));
  await until(() => answers.length > 0);
  expect(answers).toEqual([`${id} success`]);
  expect(await revisions(node.client.readStream(stream))).toEqual([0, 1, 2, 3, 4]);
});

test('an append without its end is a timeout, and its late end is ignored', async () => {
  const stream = streamName();
  const [late, good] = [randomUUID(), randomUUID()];
  const before = Date.now();
  call.write(batchRequest(late, false).setOptions(anyRevision(stream)));
  await until(() => answers.length > 0);
  expect(answers).toEqual([`${late} Timeout`]);
  expect(Date.now() - before).toBeGreaterThan(1_900);
  call.write(batchRequest(late));
  call.write(batchRequest(good).setOptions(anyRevision(stream)));
  await until(() => answers.length > 1);
  expect(answers).toEqual([`${late} Timeout`, `${good} success`]);
  expect(await revisions(node.client.readStream(stream))).toEqual([0]);
});

test('the deadline of the request is kept when it is shorter', async () => {
  const [id, other] = [randomUUID(), randomUUID()];
  const deadline = timestamps.Timestamp.fromDate(new Date(Date.now() + 200));
  call.write(batchRequest(other, false).setOptions(anyRevision(streamName())));
  call.write(batchRequest(id, false).setOptions(anyRevision(streamName()).setDeadline(deadline)));
  await until(() => answers.length > 1);
  expect(answers).toEqual([`${id} Timeout`, `${other} Timeout`]);
});

test('an id used twice at once gets one answer', async () => {
  const id = randomUUID();
  const stream = streamName();
  call.write(batchRequest(id).setOptions(anyRevision(stream)));
  call.write(batchRequest(id).setOptions(anyRevision(stream)));
  call.write(batchRequest(id));
  const last = randomUUID();
  call.write(batchRequest(last).setOptions(anyRevision(stream)));
  await until(() => answers.some((answer) => answer.startsWith(last)));
  const ofId = answers.filter((answer) => answer.startsWith(id));
  expect(ofId.length).toBeLessThanOrEqual(2);
  expect(await revisions(node.client.readStream(stream))).toHaveLength(ofId.length + 1);
});

test('what is malformed is answered, and the stream lives on', async () => {
  const [unstated, nameless, unnamed, good] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const stream = streamName();
  const withoutRevision = anyRevision(stream);
  withoutRevision.clearAny();
  call.write(batchRequest(randomUUID()));
  call.write(batchRequest(unstated).setOptions(withoutRevision));
  call.write(batchRequest(nameless).setOptions(anyRevision('')));
  const untyped = batchRequest(unnamed).setOptions(anyRevision(stream));
  untyped.getProposedMessagesList()[0]?.getMetadataMap().clear();
  call.write(untyped);
  call.write(batchRequest(good).setOptions(anyRevision(stream)));
  await until(() => answers.length > 3);
  const bad = [unstated, nameless, unnamed].map((id) => `${id} BadRequest`);
  expect(answers).toEqual([...bad, `${good} success`]);
});

test('after the last request the answers come, then the end', async () => {
  const stream = streamName();
  const ids = Array.from({ length: 50 }, () => randomUUID());
  for (const id of ids) call.write(batchRequest(id).setOptions(anyRevision(stream)));
  call.end();
  expect(await ended).toMatchObject({ code: 0 });
  expect(answers).toEqual(ids.map((id) => `${id} success`));
});

test('a commit that takes too long is a timeout, and is not answered again when it comes', async () => {
  const commits: ((result: AppendResult) => void)[] = [];
  const append = (): Promise<AppendResult> => new Promise((resolve) => commits.push(resolve));
  const fake = new FakeCall();
  new BatchAppend(
    fake.asDuplex(),
    { append, crowded: false, room: () => Promise.resolve() },
    new AbortController().signal,
  );
  fake.push(batchRequest('id').setOptions(anyRevision('stream')));
  await until(() => fake.sent.length > 0);
  expect(fake.sent.map(answerText)).toEqual(['id Timeout']);
  for (const commit of commits) commit({ outcome: 'written', revision: 0, position: 1 });
  fake.push(null);
  await until(() => fake.writableFinished);
  expect(fake.sent).toHaveLength(1);
});

test('while too much waits for a commit, no further request is taken', async () => {
  let taken = 0;
  let makeRoom = (): void => undefined;
  const append = (): Promise<AppendResult> => {
    taken += 1;
    return Promise.resolve({ outcome: 'written', revision: 0, position: 1 });
  };
  const room = (): Promise<void> => new Promise((resolve) => (makeRoom = resolve));
  const fake = new FakeCall();
  new BatchAppend(fake.asDuplex(), { append, crowded: true, room }, new AbortController().signal);
  for (const id of ['a', 'b', 'c']) fake.push(batchRequest(id).setOptions(anyRevision('stream')));
  await until(() => fake.sent.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(taken).toBe(1);
  makeRoom();
  await until(() => fake.sent.length > 1);
  expect(taken).toBe(2);
});
