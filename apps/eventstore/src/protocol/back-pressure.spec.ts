import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { CommitSignal } from '../store/commit-signal.js';
import { openForReading, openForWriting } from '../store/database.js';
import { ANY, type ProposedEvent } from '../store/event.js';
import { LogReader } from '../store/log-reader.js';
import { LogWriter } from '../store/log-writer.js';
import { FakeCall } from '../testing/fake-call.js';
import { temporaryDirectory } from '../testing/node-process.js';
import { Outbox } from './outbox.js';
import { FROM_END, type ReadPlan } from './read-plan.js';
import { subscribe } from './subscription.js';

const EVENTS = 3000;
const directory = temporaryDirectory();
let database: DatabaseSync;
let reader: LogReader;

beforeAll(() => {
  database = openForWriting(directory.path);
  const events = Array.from({ length: EVENTS }, event);
  new LogWriter(database).write([{ stream: 's', expected: ANY, events }]);
  reader = new LogReader(openForReading(directory.path));
});

afterAll(() => {
  reader.close();
  database.close();
  directory.remove();
});

const event = (): ProposedEvent => ({
  id: randomBytes(16),
  type: 't',
  isJson: false,
  data: new Uint8Array(2000),
  metadata: new Uint8Array(),
});

const plan: ReadPlan = {
  stream: undefined,
  direction: 'forwards',
  from: 1,
  count: undefined,
  filter: undefined,
  resolveLinks: false,
  structuredIds: false,
};

test('a reader that stops reading gets one page and no more', async () => {
  const call = new FakeCall();
  call.reading = false;
  const outbox = new Outbox(call.asWritable(), new AbortController().signal);
  const subscription = subscribe(
    { reader, commits: new CommitSignal(), certain: Promise.resolve() },
    plan,
    outbox,
  );
  // 256 KiB of 2 kB each, and the confirmation.
  while (call.outstanding <= 100) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(call.outstanding).toBeLessThan(150);
  call.emit('cancelled');
  await subscription;
});

test('a reader that reads gets everything', async () => {
  const call = new FakeCall();
  const outbox = new Outbox(call.asWritable(), new AbortController().signal);
  const subscription = subscribe(
    { reader, commits: new CommitSignal(), certain: Promise.resolve() },
    plan,
    outbox,
  );
  // Confirmation and the end of the catch-up come on top.
  while (call.sent.length < EVENTS + 2) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(call.sent).toHaveLength(EVENTS + 2);
  call.emit('cancelled');
  await subscription;
});

test('a live reader that fell far behind is told, and told again when it has caught up', async () => {
  const call = new FakeCall();
  const commits = new CommitSignal();
  const outbox = new Outbox(call.asWritable(), new AbortController().signal);
  const subscription = subscribe(
    { reader, commits, certain: Promise.resolve() },
    { ...plan, from: FROM_END },
    outbox,
  );
  const writer = new LogWriter(database);
  const append = (count: number): void => {
    writer.write([{ stream: 's', expected: ANY, events: Array.from({ length: count }, event) }]);
    commits.announce(['s']);
  };
  const kinds = (): string[] =>
    (call.sent as unknown as streams.ReadResp[]).map((sent) => {
      if (sent.hasEvent()) return 'event';
      if (sent.hasCaughtUp()) return 'caught up';
      return sent.hasFellBehind() ? 'fell behind' : 'other';
    });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await until(() => kinds().includes('caught up'));
  call.reading = false;
  append(20);
  await until(() => call.outstanding >= 20);
  append(600);
  call.reading = true;
  await until(() => kinds().at(-1) === 'caught up' && kinds().length > 600);
  const told = kinds();
  expect(told.filter((kind) => kind === 'event')).toHaveLength(620);
  expect(told.filter((kind) => kind !== 'event')).toEqual(['other', 'caught up', 'fell behind', 'caught up']);
  expect(told.indexOf('fell behind')).toBe(2 + 20);
  call.emit('cancelled');
  await subscription;
});
