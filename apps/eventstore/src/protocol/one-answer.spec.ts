import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { status, type ServiceError } from '@grpc/grpc-js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AppendResult } from '../store/event.js';
import type { AppendableLog } from '../store/log.js';
import { anyRevision, answerText, batchRequest } from '../testing/batch-request.js';
import { FakeCall } from '../testing/fake-call.js';
import { BatchAppend } from './batch-append.js';

const WRITTEN: AppendResult = { outcome: 'written', revision: 0, position: 1 };

/** A log that commits when it is told to. */
class SlowLog implements AppendableLog {
  readonly crowded = false;
  readonly #commits: ((result: AppendResult) => void)[] = [];

  append(): Promise<AppendResult> {
    return new Promise((resolve) => this.#commits.push(resolve));
  }

  room(): Promise<void> {
    return Promise.resolve();
  }

  commit(): void {
    for (const resolve of this.#commits.splice(0)) resolve(WRITTEN);
  }
}

type Fault = 'none' | 'no revision' | 'no name' | 'no type' | 'too big' | 'late' | 'metadata';
const append = fc.record({
  fault: fc.constantFrom<Fault>(
    'none',
    'none',
    'no revision',
    'no name',
    'no type',
    'too big',
    'late',
    'metadata',
  ),
  messages: fc.integer({ min: 1, max: 4 }),
});

function messagesOf(
  id: string,
  { fault, messages }: { fault: Fault; messages: number },
): streams.BatchAppendReq[] {
  const name = fault === 'no name' ? '' : fault === 'metadata' ? '$$s' : 's';
  const options = anyRevision(name);
  if (fault === 'no revision') options.clearAny();
  const requests = Array.from({ length: messages }, (_, n) =>
    batchRequest(id, n === messages - 1 && fault !== 'late', 2),
  );
  requests[0]?.setOptions(options);
  const proposed = requests.at(-1)?.getProposedMessagesList()[1];
  if (fault === 'no type') proposed?.getMetadataMap().del('type');
  if (fault === 'too big') proposed?.setData(new Uint8Array(1024 * 1024));
  return requests;
}

test('every append gets exactly one answer, whatever came before its end and in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(append, { maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      async (appends, choices) => {
        const call = new FakeCall();
        const log = new SlowLog();
        new BatchAppend(call.asDuplex(), log, new AbortController().signal);
        const ids = appends.map(() => randomUUID());
        let queues = appends.map((one, n) => messagesOf(ids[n] ?? '', one));
        while ((queues = queues.filter(({ length }) => length > 0)).length > 0) {
          const choice = Number(choices.next().value);
          call.push(queues[choice % queues.length]?.shift());
          if (choice % 3 === 0) log.commit();
          if (choice % 5 === 0) await turn();
        }
        const due = appends.filter(({ fault }) => fault !== 'late').length;
        for (let n = 0; n < 50 && call.sent.length < due; n++) {
          await turn();
          log.commit();
        }
        const answered = call.sent.map((answer) => answerText(answer).split(' ')[0]);
        const expected = ids.filter((_, n) => appends[n]?.fault !== 'late');
        expect(answered.toSorted()).toEqual(expected.toSorted());
        call.emit('cancelled');
      },
    ),
    { numRuns: 100 },
  );
});

test('a stop answers what is under way, takes nothing more, and then ends the stream with an error', async () => {
  const stopping = new AbortController();
  const call = new FakeCall();
  const log = new SlowLog();
  const error = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  new BatchAppend(call.asDuplex(), log, stopping.signal);
  const [open, under, late] = [randomUUID(), randomUUID(), randomUUID()];
  call.push(batchRequest(open, false).setOptions(anyRevision('s')));
  call.push(batchRequest(under).setOptions(anyRevision('s')));
  await turn();
  stopping.abort();
  call.push(batchRequest(late).setOptions(anyRevision('s')));
  await turn();
  log.commit();
  expect((await error).code).toBe(status.UNAVAILABLE);
  expect(call.sent.map(answerText)).toEqual([`${under} success`]);
});

test('a stop waits no longer for a commit than an append does', async () => {
  const stopping = new AbortController();
  const call = new FakeCall();
  const error = new Promise((resolve) => call.on('error', resolve));
  new BatchAppend(call.asDuplex(), new SlowLog(), stopping.signal);
  const id = randomUUID();
  call.push(batchRequest(id).setOptions(anyRevision('s')));
  await turn();
  stopping.abort();
  await error;
  expect(call.sent.map(answerText)).toEqual([`${id} Timeout`]);
});

test('no more requests are taken when room comes only after the stop began', async () => {
  const stopping = new AbortController();
  const call = new FakeCall();
  let makeRoom = (): void => undefined;
  let taken = 0;
  const log: AppendableLog = {
    crowded: true,
    room: () => new Promise((resolve) => (makeRoom = resolve)),
    append: () => {
      taken += 1;
      return new Promise((resolve) => setTimeout(resolve, 30, WRITTEN));
    },
  };
  const error = new Promise((resolve) => call.on('error', resolve));
  new BatchAppend(call.asDuplex(), log, stopping.signal);
  for (let n = 0; n < 3; n++) call.push(batchRequest(randomUUID()).setOptions(anyRevision('s')));
  await turn();
  stopping.abort();
  makeRoom();
  await error;
  expect(taken).toBe(1);
});
