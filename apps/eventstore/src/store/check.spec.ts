import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEverything, smallLog, type SmallLog } from '../testing/small-log.js';
import { checkLog } from './check.js';
import { databaseFile, openForWriting } from './database.js';
import { markFile } from './mark.js';

let log: SmallLog;

beforeEach(() => {
  log = smallLog();
});
afterEach(() => {
  log.remove();
});

test('says how much it read of a sound log, also beside a writer', () => {
  expect(checkLog(log.path)).toMatchObject({ head: { position: 0 }, streams: 0, faults: [] });
  log.appendTogether(700);
  expect(checkLog(log.path)).toMatchObject({ head: { position: 1400 }, streams: 7, faults: [] });
  log.copyBack();
  expect(checkLog(log.snapshot())).toMatchObject({ head: { position: 1400 }, streams: 7, faults: [] });
});

describe('says in words what is wrong', () => {
  const after = (change: string): readonly string[] => {
    const copy = log.snapshot();
    const database = openForWriting(copy);
    database.exec(change);
    database.close();
    return checkLog(copy).faults;
  };

  beforeEach(() => {
    log.append(20);
  });

  test.each([
    [
      "UPDATE events SET type = 'x' WHERE position = 11",
      ['the event at position 11 is not what was written'],
    ],
    [
      'UPDATE events SET checksum = zeroblob(32) WHERE position = 11',
      [
        'the event at position 11 is not what was written',
        'the event at position 11 does not follow the one before it in the running hash',
      ],
    ],
    [
      'DELETE FROM events WHERE position BETWEEN 3 AND 4',
      [
        'the event at position 4 is missing',
        'the events at positions 3 to 4 are missing',
        'stream stream-1 has 4 events with revisions 2 to 5',
      ],
    ],
    [
      "UPDATE events SET data = x'', metadata = x'' WHERE position IN (1, 40)",
      ['the event at position 40 is not what was written', 'the event at position 1 is not what was written'],
    ],
    [
      'UPDATE events SET chain = zeroblob(32) WHERE position = 7',
      [
        'the event at position 8 does not follow the one before it',
        'the event at position 7 does not follow the one before it in the running hash',
        'the event at position 8 does not follow the one before it in the running hash',
      ],
    ],
    ["INSERT INTO streams (name) VALUES ('more')", ['stream more has no events']],
  ])('%s', (change, faults) => {
    expect(after(change)).toEqual(faults);
  });

  test('no more than a hundred times', () => {
    log.appendTogether(200);
    expect(after("UPDATE events SET data = x'00'")).toHaveLength(100);
  });
});

test('a flipped bit anywhere is reported, or changes nothing that can be read', () => {
  log.append(25);
  log.copyBack();
  log.append(25);
  const { all, streams } = readEverything(log.path);
  const sound = { all, streams };
  const outcomes = { reported: 0, harmless: 0 };
  const files = [databaseFile(log.path), `${databaseFile(log.path)}-wal`, markFile(log.path)];
  for (const file of files.map((path) => path.slice(log.path.length + 1)))
    for (let round = 0; round < 40; round++) {
      const copy = log.snapshot();
      const bytes = readFileSync(join(copy, file));
      const at = Math.floor(Math.random() * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
      writeFileSync(join(copy, file), bytes);
      if (checkLog(copy).faults.length > 0) outcomes.reported += 1;
      else {
        outcomes.harmless += 1;
        // As a start would: everything is copied back.
        openForWriting(copy).close();
        expect({ at: [file, at], ...readEverything(copy) }).toEqual({ at: [file, at], ...sound });
      }
      rmSync(copy, { recursive: true });
    }
  expect(outcomes.reported).toBeGreaterThan(30);
  expect(outcomes.harmless).toBeGreaterThan(0);
});

test('a file that was cut is reported', () => {
  log.append(50);
  log.copyBack();
  const size = readFileSync(databaseFile(log.path)).length;
  for (const cut of [0, 1, 100, 8192, 8193, size / 2, size - 8192, size - 64]) {
    const copy = log.snapshot();
    truncateSync(databaseFile(copy), cut);
    expect({ cut, faults: checkLog(copy).faults.length > 0 }).toEqual({ cut, faults: true });
  }
});
