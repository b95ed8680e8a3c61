import { expect, test } from '@jest/globals';
import { ImportFailure } from '../failure.js';
import { batchedSink } from './batches.js';
import type { SendRecords } from './client.js';
import { emptyTally, type Verdict } from './verdict.js';

const allAccepted = (lines: readonly string[]): readonly Verdict[] =>
  lines.map(() => ({ verdict: 'accepted' }));

test('records arrive in order, in requests of the size given, and the rest at the end', async () => {
  const requests: (readonly string[])[] = [];
  const tally = emptyTally();
  const send: SendRecords = (lines) => {
    requests.push(lines);
    return Promise.resolve(allAccepted(lines));
  };
  const sink = batchedSink(send, tally, { maxLines: 2 });
  for (const line of ['1', '2', '3', '4', '5']) await sink.write(line);
  await sink.finish();
  expect(requests).toEqual([['1', '2'], ['3', '4'], ['5']]);
  expect(tally).toMatchObject({ sent: 5, accepted: 5 });
});

test('bytes bound a request as well', async () => {
  const sizes: number[] = [];
  const send: SendRecords = (lines) => {
    sizes.push(lines.length);
    return Promise.resolve(allAccepted(lines));
  };
  const sink = batchedSink(send, emptyTally(), { maxBytes: 10 });
  for (const line of ['éé', 'éé', 'éé']) await sink.write(line);
  await sink.finish();
  expect(sizes).toEqual([2, 1]);
});

test('a slow server holds the reader: one request in flight, one full', async () => {
  const waiting: (() => void)[] = [];
  const send: SendRecords = (lines) =>
    new Promise((resolve) => {
      waiting.push(() => {
        resolve(allAccepted(lines));
      });
    });
  const sink = batchedSink(send, emptyTally(), { maxLines: 1 });
  await sink.write('1');
  let taken = false;
  const second = Promise.resolve(sink.write('2')).then(() => (taken = true));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect({ taken, inFlight: waiting.length }).toEqual({ taken: false, inFlight: 1 });
  waiting.shift()?.();
  await second;
  const end = sink.finish();
  await new Promise((resolve) => setTimeout(resolve, 10));
  waiting.shift()?.();
  await end;
});

test('a failure reaches whoever writes next', async () => {
  const sink = batchedSink(() => Promise.reject(new ImportFailure('gone')), emptyTally(), { maxLines: 1 });
  await sink.write('1');
  await expect(sink.write('2')).rejects.toThrow('gone');
});
