import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hash } from 'node:crypto';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { temporaryDirectory } from '../testing/node-process.js';
import { Checkpoints } from './checkpoints.js';
import { checksumOf } from './checksum.js';
import { openForReading, openForWriting } from './database.js';
import { ANY, NO_STREAM, STREAM_EXISTS, type AppendRequest, type ProposedEvent } from './event.js';
import { LogReader } from './log-reader.js';
import { LogWriter } from './log-writer.js';

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

function freshLog(): DatabaseSync {
  const directory = temporaryDirectory();
  const database = openForWriting(directory.path);
  cleanups.push(() => {
    database.close();
    directory.remove();
  });
  return database;
}

/** The directory of a log made above. */
function directoryOf(database: DatabaseSync): string {
  return dirname(database.location() ?? '');
}

const id = (text: string): Uint8Array => hash('sha256', text, 'buffer').subarray(0, 16);
const event = (text: string, bytes = 3): ProposedEvent => ({
  id: id(text),
  type: 't',
  isJson: false,
  data: Buffer.alloc(bytes, text),
  metadata: new Uint8Array(),
});

/** Few streams and few ids, so that repetitions and conflicts are the rule. */
const requests = fc.array(
  fc.record({
    stream: fc.constantFrom('a', 'b', '$$a'),
    expected: fc.oneof(fc.constantFrom(ANY, NO_STREAM, STREAM_EXISTS), fc.nat(6)),
    events: fc.array(
      fc.nat(12).map((n) => event(`event ${n}`)),
      { maxLength: 3 },
    ),
  }),
  { maxLength: 25 },
);

test('a repetition is answered as at first and writes nothing', () => {
  fc.assert(
    fc.property(requests, (history) => {
      const writer = new LogWriter(freshLog());
      for (const request of history) {
        const [first] = writer.write([request]);
        const position = writer.head.position;
        const [again] = writer.write([request]);
        if (first?.outcome !== 'written' || request.events.length === 0) continue;
        expect(again).toEqual(first);
        expect(writer.head.position).toBe(position);
      }
    }),
    { numRuns: 60 },
  );
});

test('revisions and positions have no gap, and a writer that remembers nothing decides the same', () => {
  fc.assert(
    fc.property(requests, (history) => {
      const log = freshLog();
      const together = new LogWriter(freshLog(), () => 1).write(history);
      const apart = history.flatMap((request) => new LogWriter(log, () => 1).write([request]));
      expect(apart).toEqual(together);
      const rows = log.prepare('SELECT position, stream, revision FROM events ORDER BY position').all();
      expect(rows.map(({ position }) => position)).toEqual(rows.map((_, index) => index + 1));
      const next = new Map<unknown, number>();
      for (const { stream, revision } of rows) {
        expect(revision).toBe(next.get(stream) ?? 0);
        next.set(stream, Number(revision) + 1);
      }
    }),
    { numRuns: 40 },
  );
});

test('the checksum of every row is that of the event read back', () => {
  const database = freshLog();
  new LogWriter(database).write([
    { stream: 'größe', expected: ANY, events: [event('one'), { ...event('two', 100_000), isJson: true }] },
    { stream: 'b', expected: ANY, events: [{ ...event('three'), type: 'é', metadata: Buffer.from('m') }] },
  ]);
  const reader = new LogReader(openForReading(directoryOf(database)));
  const { events } = reader.all({ direction: 'forwards', from: 1, window: 10, limit: 10 });
  const stored = database.prepare('SELECT checksum FROM events ORDER BY position').all();
  expect(events).toHaveLength(3);
  expect(events.map((each) => checksumOf(each).toString('hex'))).toEqual(
    stored.map(({ checksum }) => Buffer.from(checksum as Uint8Array).toString('hex')),
  );
  reader.close();
});

test('the write-ahead log is copied back and stays bounded', () => {
  const database = freshLog();
  const writer = new LogWriter(database);
  const checkpoints = new Checkpoints(database);
  const frames = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  let most = 0;
  for (let n = 0; n < 120; n++) {
    const request: AppendRequest = { stream: `s-${n}`, expected: ANY, events: [event(`${n}`, 900_000)] };
    writer.write([request]);
    checkpoints.afterCommit();
    most = Math.max(most, Number(frames.get()?.['log']));
  }
  // 120 events of 900 kB are some 13,000 pages.
  expect(most).toBeLessThan(2_048 + 500);
});

test('a log that another process keeps from being copied back is not written', () => {
  const database = freshLog();
  new LogWriter(database).write([{ stream: 's', expected: ANY, events: [event('a')] }]);
  const reading = openForReading(directoryOf(database));
  reading.exec('BEGIN; SELECT * FROM events');
  expect(() => openForWriting(directoryOf(database))).toThrow('is read by another process');
  reading.close();
  openForWriting(directoryOf(database)).close();
});

test('a stream that is known to go further than is found is not written', () => {
  const database = freshLog();
  const writer = new LogWriter(database);
  writer.write([{ stream: 's', expected: ANY, events: [event('a'), event('b')], atLeast: -1 }]);
  const again = new LogWriter(database);
  again.write([{ stream: 's', expected: 1, events: [event('c')], atLeast: 1 }]);
  for (const stream of ['s', 'forgotten']) {
    const request = { stream, expected: NO_STREAM, events: [event('d')], atLeast: 3 };
    expect(() => new LogWriter(database).write([request])).toThrow('acknowledged up to 3');
    database.exec('ROLLBACK');
  }
});

test('what an append is held against is proven', () => {
  const database = freshLog();
  new LogWriter(database).write([{ stream: 's', expected: ANY, events: [event('a'), event('b')] }]);
  database.exec("UPDATE events SET id = x'00112233445566778899aabbccddeeff' WHERE position = 1");
  const repeated: AppendRequest = { stream: 's', expected: NO_STREAM, events: [event('a'), event('b')] };
  expect(() => new LogWriter(database).write([repeated])).toThrow('position 1 is not what');
});

test('a file of another format is refused', () => {
  const database = freshLog();
  const path = directoryOf(database);
  database.exec('PRAGMA user_version = 3');
  expect(() => openForWriting(path)).toThrow('has format 3; this build knows format 2');
  database.exec('PRAGMA user_version = 1');
  expect(() => openForWriting(path)).toThrow('has format 1, of a build before the first release');
  database.exec('PRAGMA user_version = 2; PRAGMA application_id = 7');
  expect(() => openForWriting(path)).toThrow('is not an event log');
});

test('every commit is synced before it is acknowledged', () => {
  const database = freshLog();
  const setting = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const FULL = 2;
  expect(setting('journal_mode')).toBe('wal');
  expect(setting('synchronous')).toBe(FULL);
  expect(setting('wal_autocheckpoint')).toBe(0);
});

test('after a failed write nothing is written', () => {
  const database = freshLog();
  database.exec('PRAGMA max_page_count = 40');
  const writer = new LogWriter(database);
  const request = (text: string, bytes: number): AppendRequest => ({
    stream: 'a',
    expected: ANY,
    events: [event(text, bytes)],
  });
  writer.write([request('fits', 10)]);
  expect(() => writer.write([request('too large', 1_000_000)])).toThrow('full');
  // It would fit, but its position and revision follow those of what was rolled back.
  expect(() => writer.write([request('fits again', 10)])).toThrow('an earlier write failed');
  expect(database.prepare('SELECT count(*) AS n FROM events').get()?.['n']).toBe(1);
});
