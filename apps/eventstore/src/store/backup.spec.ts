import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../testing/node-process.js';
import { readEverything, smallLog, type SmallLog } from '../testing/small-log.js';
import { backUp } from './backup.js';
import { checkLog } from './check.js';
import { openForWriting } from './database.js';
import { readMark } from './mark.js';
import { checkStart } from './start-check.js';

let log: SmallLog;
let place: ReturnType<typeof temporaryDirectory>;
let target: string;

beforeEach(() => {
  log = smallLog();
  place = temporaryDirectory();
  target = join(place.path, 'backup');
});
afterEach(() => {
  log.remove();
  place.remove();
});

test('a backup holds the same, event by event, and is a data directory of its own', () => {
  log.appendTogether(3000);
  expect(backUp(log.path, target).position).toBe(6000);
  const before = readEverything(log.path);
  log.append(10);
  expect(readEverything(target)).toEqual(before);
  expect(checkLog(target)).toMatchObject({ head: { position: 6000 }, streams: 7, faults: [] });
  expect(readMark(target).newest).toMatchObject({ position: 6000, clean: true });
  expect(checkStart(target).position).toBe(6000);
});

test('also of an empty log, and of one with large events', () => {
  expect(backUp(log.path, target).position).toBe(0);
  expect(checkStart(target).position).toBe(0);
  log.appendTogether(6, 1_000_000);
  expect(backUp(log.path, join(place.path, 'large')).position).toBe(12);
});

test('a directory that holds something is left alone', () => {
  mkdirSync(target);
  writeFileSync(join(target, 'mine'), '');
  expect(() => backUp(log.path, target)).toThrow('is not empty');
  expect(readdirSync(target)).toEqual(['mine']);
});

test.each([
  ["UPDATE events SET data = x'00' WHERE position = 19", 'the event at position 19 is not what was written'],
  ['DELETE FROM events WHERE position = 19', 'the event at position 19'],
  ['UPDATE events SET chain = zeroblob(32) WHERE position = 19', 'the event at position 19'],
])('a damaged log gives no backup, and what was begun does not start: %s', (change, sentence) => {
  log.appendTogether(10, 500_000);
  // Else the start's rules, which read the end of the log, would find it first.
  log.markClean();
  const database = openForWriting(log.path);
  database.exec(change);
  database.close();
  expect(() => backUp(log.path, target)).toThrow(sentence);
  expect(() => checkStart(target)).toThrow(/is shorter than what was acknowledged: .* ends at \d+, /);
});

test('a backup that is broken off before its first event does not start', () => {
  log.appendTogether(10, 500_000);
  log.markClean();
  const database = openForWriting(log.path);
  database.exec("UPDATE events SET data = x'00' WHERE position = 1");
  database.close();
  expect(() => backUp(log.path, target)).toThrow('the event at position 1 ');
  expect(() => checkStart(target)).toThrow('ends at 0, so events 1 to 20 are lost');
});

test('a log that is shorter than its mark gives no backup', () => {
  log.append(20);
  const database = openForWriting(log.path);
  database.exec('DELETE FROM events WHERE position > 30');
  database.close();
  expect(() => backUp(log.path, target)).toThrow('acknowledged up to position 40 and ends at 30');
});
