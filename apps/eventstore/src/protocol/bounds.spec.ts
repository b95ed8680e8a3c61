import { randomBytes, randomUUID } from 'node:crypto';
import { Script } from 'node:vm';
import type { ServerReadableStream } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { expect, jest, test } from '@jest/globals';
import { ANY, type AppendResult, type RecordedEvent } from '../store/event.js';
import type { AppendableLog, ReadableLog } from '../store/log.js';
import { CommitSignal } from '../store/commit-signal.js';
import type { LogReader } from '../store/log-reader.js';
import { anyRevision, answerText, batchRequest } from '../testing/batch-request.js';
import { FakeCall } from '../testing/fake-call.js';
import { allOf, filterBy, rawRead } from '../testing/raw-read.js';
import { event, failure, nodeForTests, streamName } from '../testing/stock-client.js';
import { append } from './append.js';
import { BatchAppend } from './batch-append.js';
import { Outbox } from './outbox.js';
import { sendEvents } from './pages.js';
import { textFilter } from './patterns.js';

const node = nodeForTests();
const never = new AbortController().signal;

/** Takes appends and never commits them. */
const stuckLog: AppendableLog = {
  crowded: false,
  append: () => new Promise<AppendResult>(() => undefined),
  room: () => Promise.resolve(),
};

test('a pattern that takes for ever is refused in time, and nobody waits for it', async () => {
  const tempting = `${'a'.repeat(60)}!`;
  await node.client.appendToStream(tempting, [event()]);
  const hostile = ['(a+)+$', '(a|a)*$', '((a{1,30}){1,30}){1,30}b'];
  const reads = hostile.map((regex) =>
    failure(
      rawRead(node.url, (options) => {
        allOf(options, 'forwards', 10);
        options.setFilter(filterBy({ on: 'stream', regex }));
      }),
    ),
  );
  // One that was not stopped would keep the node from this for longer than anybody lives.
  await node.client.appendToStream(streamName(), [event()]);
  for (const { message } of await Promise.all(reads))
    expect(message).toContain('INVALID_ARGUMENT: The regular expression takes too long.');
  // And through the stock client.
  const subscription = node.client.subscribeToAll({
    filter: { filterOn: 'streamName', regex: '(a+)+$', checkpointInterval: 1 },
  });
  const error = await new Promise<Error>((resolve) => subscription.on('error', resolve).resume());
  expect(error.message).toContain('takes too long');
});

test('a pattern that took too long once is not tried again', () => {
  const tried = jest.spyOn(Script.prototype, 'runInContext');
  const once = () => textFilter('(b+)+$', []).matches([`${'b'.repeat(60)}!`]);
  expect(once).toThrow('takes too long');
  const tries = tried.mock.calls.length;
  expect(tries).toBeGreaterThan(0);
  expect(once).toThrow('takes too long');
  expect(tried).toHaveBeenCalledTimes(tries);
});

test('an append has no more than 20,000 events', async () => {
  const batch = new FakeCall();
  new BatchAppend(batch.asDuplex(), stuckLog, never);
  batch.push(batchRequest(randomUUID(), true, 20_001).setOptions(anyRevision('s')));
  while (batch.sent.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(batch.sent.map((answer) => answerText(answer).split(' ')[1])).toEqual(['MaximumAppendSizeExceeded']);
  batch.emit('cancelled');

  const single = new FakeCall();
  const answer = new Promise((resolve) => {
    append(
      stuckLog,
      single as unknown as ServerReadableStream<streams.AppendReq, streams.AppendResp>,
      resolve,
    );
  });
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from('s'));
  const options = new streams.AppendReq.Options().setStreamIdentifier(identifier).setAny(new shared.Empty());
  single.push(new streams.AppendReq().setOptions(options));
  const message = new streams.AppendReq.ProposedMessage().setId(new shared.UUID().setString(randomUUID()));
  message.getMetadataMap().set('type', 't').set('content-type', 'application/octet-stream');
  for (let n = 0; n <= 20_000; n++) single.push(new streams.AppendReq().setProposedMessage(message));
  expect(await answer).toMatchObject({ details: expect.stringContaining('20000 events') });
});

test('appends that are begun and never finished are so many and no more', async () => {
  const call = new FakeCall();
  new BatchAppend(call.asDuplex(), stuckLog, never);
  for (let n = 0; n < 1_100; n++)
    call.push(batchRequest(randomUUID(), false, 0).setOptions(anyRevision('s')));
  while (call.sent.length < 76) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(call.sent.map((answer) => answerText(answer).split(' ')[1])).toEqual(Array(76).fill('BadRequest'));
  call.emit('cancelled');
});

test('a client that reads no answers is waited for once', async () => {
  const call = new FakeCall();
  call.reading = false;
  new BatchAppend(call.asDuplex(), { ...stuckLog, append: () => Promise.resolve(written) }, never);
  for (let n = 0; n < 3_000; n++) call.push(batchRequest(randomUUID()).setOptions(anyRevision('s')));
  while (call.listenerCount('drain') === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(call.listenerCount('drain')).toBe(1);
  call.emit('cancelled');
});
const written: AppendResult = { outcome: 'written', revision: 0, position: 1 };

test('a page of links to large events waits for a slow reader', async () => {
  const target = recorded({ data: randomBytes(1024 * 1024) });
  const events = Array.from({ length: 256 }, () => recorded({ type: '$>', data: Buffer.from('0@large') }));
  const reader = { event: () => target } as unknown as LogReader;
  const log: ReadableLog = { reader, commits: new CommitSignal(), certain: Promise.resolve() };
  const call = new FakeCall();
  call.reading = false;
  const outbox = new Outbox(call.asWritable(), never);
  const plan = {
    stream: 'links',
    direction: 'forwards',
    from: 0,
    count: 256,
    filter: undefined,
    resolveLinks: true,
    structuredIds: false,
  } as const;
  const sending = sendEvents(log, plan, { events, next: 256, atEnd: true }, outbox);
  await new Promise((resolve) => setTimeout(resolve, 50));
  // As much as the stream itself holds before it says that it is full.
  expect(call.outstanding).toBeLessThan(20);
  call.reading = true;
  await sending;
  while (call.outstanding > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(call.sent).toHaveLength(256);
});

function recorded(some: Partial<RecordedEvent>): RecordedEvent {
  const fixed = { id: randomBytes(16), isJson: false, metadata: new Uint8Array(), revision: 0, position: 1 };
  return { ...fixed, stream: 'large', type: 't', created: ANY, data: new Uint8Array(), ...some };
}
