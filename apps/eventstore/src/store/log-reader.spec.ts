import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { smallLog, type SmallLog } from '../testing/small-log.js';
import { openForReading, openForWriting } from './database.js';
import { DamagedLog, type NodeFailure } from './failures.js';
import { LogReader, type KnownLog, type PageRequest } from './log-reader.js';

let log: SmallLog;
let reader: LogReader;
let failures: NodeFailure[];

beforeEach(() => {
  log = smallLog();
  log.append(14);
  failures = [];
});
afterEach(() => {
  reader.close();
  log.remove();
});

const forwards: PageRequest = { direction: 'forwards', from: 0, window: 100, limit: 100 };
const backwards: PageRequest = { ...forwards, direction: 'backwards', from: 100 };
const named = (name: string): { on: 'stream'; matches: (texts: readonly string[]) => boolean[] } => ({
  on: 'stream',
  matches: (texts) => texts.map((text) => text === name),
});

/** Reads of a log in which one thing was changed by hand. Stream-1 holds positions 3, 4, 17 and 18. */
function afterChange(change: string): LogReader {
  const writing = openForWriting(log.path);
  writing.exec(change);
  writing.close();
  reader = new LogReader(openForReading(log.path), (failure) => failures.push(failure));
  return reader;
}

const stream1 = (request: PageRequest): unknown => {
  const view = reader.view('stream-1');
  return view && reader.stream(view, request);
};

test.each([
  "UPDATE events SET data = x'00' WHERE position = 17",
  "UPDATE events SET type = 'smalk' WHERE position = 17",
  'UPDATE events SET created = created + 1 WHERE position = 17',
  'UPDATE events SET checksum = zeroblob(32) WHERE position = 17',
  "UPDATE streams SET name = 'stream-X' WHERE name = 'stream-1'",
  "UPDATE events SET id = x'00' WHERE position = 17",
])('what is not what was written is never returned, and the log is told: %s', (change) => {
  afterChange(change);
  expect(() => reader.all(forwards)).toThrow(DamagedLog);
  expect(() => reader.all(backwards)).toThrow('is not what was written');
  if (!change.includes('streams')) {
    expect(() => stream1(forwards)).toThrow('the event at position 17');
    expect(() => reader.event('stream-1', 2)).toThrow(DamagedLog);
    expect(() => reader.all(forwards, named('stream-1'))).toThrow(DamagedLog);
  }
  expect(failures.length).toBeGreaterThanOrEqual(2);
});

test.each([
  ['DELETE FROM events WHERE position = 17', 'position 17', 'revision 2'],
  ['DELETE FROM events WHERE position IN (1, 3)', 'position 1', 'revision 0'],
])('what is missing is noticed from both ends: %s', (change, byPosition, byRevision) => {
  afterChange(change);
  expect(() => reader.all(forwards)).toThrow(`the event at ${byPosition}`);
  expect(() => reader.all(backwards)).toThrow('is missing');
  expect(() => stream1(forwards)).toThrow(`the event at ${byRevision}`);
  expect(() => stream1(backwards)).toThrow('is missing');
  if (change.includes('17')) expect(() => reader.event('stream-1', 2)).toThrow('revision 2');
  expect(failures.length).toBeGreaterThanOrEqual(4);
});

const ordinary = {
  on: 'type',
  matches: (texts: readonly string[]) => texts.map((text) => !text.startsWith('$')),
} as const;

test.each([
  ["UPDATE events SET type = '$mall' WHERE position = 17", ordinary],
  ["UPDATE streams SET name = 'stream-X' WHERE name = 'stream-1'", named('stream-1')],
  ["UPDATE events SET data = x'00' WHERE position = 17", named('stream-2')],
  ['DELETE FROM events WHERE position = 17', ordinary],
  ['DELETE FROM events WHERE position = 17', named('stream-1')],
])('a filter passes over nothing that is not proven: %s', (change, filter) => {
  afterChange(change);
  expect(() => reader.all(forwards, filter)).toThrow(DamagedLog);
  expect(() => reader.all(backwards, filter)).toThrow(DamagedLog);
  expect(failures).toHaveLength(2);
});

test('a page of a filtered read ends after so many bytes considered, wanted or not', () => {
  log.append(2, 300_000);
  afterChange('SELECT 1');
  const pages = [1, 30, 31, 32].map((from) => reader.all({ ...forwards, from }, named('none')));
  expect(pages.map(({ next, atEnd }) => [next, atEnd])).toEqual([
    [30, false],
    [31, false],
    [32, false],
    [33, true],
  ]);
});

test('a sound log is read whole, and nobody is told anything', () => {
  afterChange('SELECT 1');
  expect(reader.all(forwards).events).toHaveLength(28);
  expect(reader.all({ ...backwards, limit: 5 }).events.map(({ position }) => position)).toEqual([
    28, 27, 26, 25, 24,
  ]);
  expect(reader.all(forwards, named('stream-1')).events).toHaveLength(4);
  expect(failures).toEqual([]);
});

test('what an index does not know any more, and others do, is damage', () => {
  const known: KnownLog = { lastOf: (stream) => (stream === 'stream-1' ? 3 : -1), lastPosition: () => 28 };
  const withKnown = (knows: KnownLog): LogReader => {
    return (reader = new LogReader(
      openForReading(log.path),
      (failure) => {
        failures.push(failure);
      },
      knows,
    ));
  };
  reader = afterChange('SELECT 1');
  reader.close();
  expect(withKnown(known).view('stream-1')).toMatchObject({ last: 3 });
  expect(reader.view('none')).toBeUndefined();
  expect(reader.lastPosition()).toBe(28);
  expect(failures).toEqual([]);
  reader.close();
  withKnown({ lastOf: () => 4, lastPosition: () => 29 });
  expect(() => reader.view('stream-1')).toThrow(
    'the stream stream-1 ends at revision 3, and was acknowledged up to 4',
  );
  expect(() => reader.view('none')).toThrow('ends at revision -1');
  expect(() => reader.event('none', 0)).toThrow(DamagedLog);
  expect(() => reader.all(forwards)).toThrow('it ends at position 28, and was acknowledged up to 29');
  expect(failures).toHaveLength(4);
});

test('a name that leads to another stream is damage', () => {
  afterChange(
    "UPDATE streams SET name = 'x' WHERE name = 'stream-1'; UPDATE streams SET name = 'stream-1' WHERE name = 'stream-2'",
  );
  expect(() => reader.view('stream-1')).toThrow(DamagedLog);
});
