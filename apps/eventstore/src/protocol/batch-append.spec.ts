import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import { credentials, type ClientDuplexStream } from '@grpc/grpc-js';
import type * as grpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { nodeForTests, revisions, streamName } from '../testing/stock-client.js';

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
    const what = response.getError()?.getDetails()?.getTypeName() ?? 'success';
    answers.push(`${response.getCorrelationId()?.getString()} ${what.replace('event_store.client.', '')}`);
  });
  ended = new Promise((resolve) => call.on('status', resolve).on('error', () => undefined));
});

afterEach(() => {
  call.cancel();
  client.close();
});

const request = (id: string, isFinal = true, events = 1): streams.BatchAppendReq => {
  const messages = Array.from({ length: events }, () => {
    const message = new streams.BatchAppendReq.ProposedMessage().setId(
      new shared.UUID().setString(randomUUID()),
    );
    message.getMetadataMap().set('type', 'raw').set('content-type', 'application/octet-stream');
    return message;
  });
  return new streams.BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(id))
    .setProposedMessagesList(messages)
    .setIsFinal(isFinal);
};

const anyRevision = (stream: string): streams.BatchAppendReq.Options => {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  return new streams.BatchAppendReq.Options().setStreamIdentifier(identifier).setAny(new empty.Empty());
};

const until = async (condition: () => boolean, within = 5_000): Promise<void> => {
  const deadline = Date.now() + within;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
};

test('an append in several messages is one append', async () => {
  const stream = streamName();
  const id = randomUUID();
  call.write(request(id, false, 0).setOptions(anyRevision(stream)));
  call.write(request(id, false, 2));
  call.write(request(id, true, 3));
  await until(() => answers.length > 0);
  expect(answers).toEqual([`${id} success`]);
  expect(await revisions(node.client.readStream(stream))).toEqual([0, 1, 2, 3, 4]);
});

test('an append without its end is a timeout, and its late end is ignored', async () => {
  const stream = streamName();
  const [late, good] = [randomUUID(), randomUUID()];
  const before = Date.now();
  call.write(request(late, false).setOptions(anyRevision(stream)));
  await until(() => answers.length > 0);
  expect(answers).toEqual([`${late} Timeout`]);
  expect(Date.now() - before).toBeGreaterThan(1_900);
  call.write(request(late));
  call.write(request(good).setOptions(anyRevision(stream)));
  await until(() => answers.length > 1);
  expect(answers).toEqual([`${late} Timeout`, `${good} success`]);
  expect(await revisions(node.client.readStream(stream))).toEqual([0]);
});

test('the deadline of the request is kept when it is shorter', async () => {
  const id = randomUUID();
  const deadline = timestamps.Timestamp.fromDate(new Date(Date.now() + 200));
  call.write(request(id, false).setOptions(anyRevision(streamName()).setDeadline(deadline)));
  await until(() => answers.length > 0, 1_500);
  expect(answers).toEqual([`${id} Timeout`]);
});

test('an id used twice at once gets one answer', async () => {
  const id = randomUUID();
  const stream = streamName();
  call.write(request(id).setOptions(anyRevision(stream)));
  call.write(request(id).setOptions(anyRevision(stream)));
  call.write(request(id));
  const last = randomUUID();
  call.write(request(last).setOptions(anyRevision(stream)));
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
  call.write(request(randomUUID()));
  call.write(request(unstated).setOptions(withoutRevision));
  call.write(request(nameless).setOptions(anyRevision('')));
  const untyped = request(unnamed).setOptions(anyRevision(stream));
  untyped.getProposedMessagesList()[0]?.getMetadataMap().clear();
  call.write(untyped);
  call.write(request(good).setOptions(anyRevision(stream)));
  await until(() => answers.length > 3);
  const bad = [unstated, nameless, unnamed].map((id) => `${id} BadRequest`);
  expect(answers).toEqual([...bad, `${good} success`]);
});

test('after the last request the answers come, then the end', async () => {
  const stream = streamName();
  const ids = Array.from({ length: 50 }, () => randomUUID());
  for (const id of ids) call.write(request(id).setOptions(anyRevision(stream)));
  call.end();
  expect(await ended).toMatchObject({ code: 0 });
  expect(answers).toEqual(ids.map((id) => `${id} success`));
});
