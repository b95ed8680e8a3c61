import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readEverything, smallLog, type SmallLog } from '../testing/small-log.js';
import { checkLog } from './check.js';
import { databaseFile, openForWriting } from './database.js';
import { markFile, readMark } from './mark.js';
import { checkStart } from './start-check.js';

let log: SmallLog;

beforeEach(() => {
  log = smallLog();
});
afterEach(() => {
  log.remove();
});

const wal = (path: string): string => `${databaseFile(path)}-wal`;
const oneSentence = (path: string): string => {
  try {
    checkStart(path);
  } catch (error) {
    const { message } = error as Error;
    expect(message).toMatch(/^[^\n]+\.$/);
    return message;
  }
  return '';
};

test('what was acknowledged is accepted, and no file is changed by looking', () => {
  expect(checkStart(log.snapshot()).position).toBe(0);
  log.append(20);
  const copy = log.snapshot();
  const files = [databaseFile(copy), wal(copy), markFile(copy)];
  const before = files.map((file) => readFileSync(file));
  expect(checkStart(copy).position).toBe(40);
  expect(files.map((file) => readFileSync(file))).toEqual(before);
});

test('a log may go further than its mark, and only so', () => {
  log.append(5);
  const early = log.snapshot();
  log.append(5);
  const late = log.snapshot();
  cpSync(markFile(early), markFile(late));
  expect(checkStart(late).position).toBe(20);
  cpSync(markFile(log.path), markFile(early));
  expect(oneSentence(early)).toContain(
    'was acknowledged up to position 20 and ends at 10, so events 11 to 20 are lost',
  );
});

test('a truncated write-ahead log is refused wherever it was cut, and kept as it is', () => {
  log.append(8);
  log.copyBack();
  log.append(8);
  const length = statSync(wal(log.path)).size;
  for (let cut = 0; cut < length; cut += 1 + Math.floor(length / 60)) {
    const copy = log.snapshot();
    truncateSync(wal(copy), cut);
    expect(oneSentence(copy)).toMatch(/acknowledged up to position 32 and ends at \d+/);
    expect(statSync(wal(copy)).size).toBe(cut);
    rmSync(copy, { recursive: true });
  }
});

test('a write-ahead log cut after it was copied back is refused, or nothing is missing', () => {
  log.append(40, 900);
  log.database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  const { all } = readEverything(log.path);
  const length = statSync(wal(log.path)).size;
  let refused = 0;
  for (let cut = 0; cut < length; cut += 1 + Math.floor(length / 60)) {
    const copy = log.snapshot();
    truncateSync(wal(copy), cut);
    // The file holds everything, and what is left of the write-ahead log lays older pages over it.
    if (oneSentence(copy) !== '') refused += 1;
    else expect(readEverything(copy)).toMatchObject({ all, streams: { length: all.length } });
    rmSync(copy, { recursive: true });
  }
  expect(refused).toBeGreaterThan(30);
});

test('another log of the same length is refused', () => {
  const other = smallLog();
  other.append(10);
  log.append(10);
  const copy = log.snapshot();
  cpSync(markFile(other.path), markFile(copy));
  expect(oneSentence(copy)).toContain('its first 20 events differ');
  other.remove();
});

describe('the mark', () => {
  test('missing or damaged beside events is refused', () => {
    log.append(3);
    const copy = log.snapshot();
    rmSync(markFile(copy));
    expect(oneSentence(copy)).toContain(
      'is missing, so nobody can tell whether the 6 events beside it are all',
    );
    writeFileSync(markFile(copy), Buffer.alloc(8192, 1));
    expect(oneSentence(copy)).toContain('is damaged');
  });

  test('beside no events, or no file of events, is refused', () => {
    const empty = log.snapshot();
    log.append(3);
    cpSync(markFile(log.path), markFile(empty));
    expect(oneSentence(empty)).toContain('up to position 6 and ends at 0, so events 1 to 6 are lost');
    for (const file of ['events.db', 'events.db-wal', 'events.db-shm'])
      rmSync(join(empty, file), { force: true });
    expect(oneSentence(empty)).toContain('ends at 0');
    writeFileSync(databaseFile(empty), '');
    expect(oneSentence(empty)).toContain('ends at 0');
    writeFileSync(markFile(empty), Buffer.alloc(8192, 1));
    expect(oneSentence(empty)).toContain('is damaged, so nobody can tell');
  });

  test('with one record torn is enough', () => {
    log.append(3);
    const copy = log.snapshot();
    const { newest } = readMark(copy);
    const file = readFileSync(markFile(copy));
    file.fill(0xff, ((newest?.sequence ?? 0) % 2) * 4096 + 20, ((newest?.sequence ?? 0) % 2) * 4096 + 60);
    writeFileSync(markFile(copy), file);
    expect(checkStart(copy).position).toBe(6);
  });
});

describe('after anything but an orderly stop', () => {
  const damaged = (change: string): string => {
    const copy = log.snapshot();
    const database = openForWriting(copy);
    database.exec(change);
    database.close();
    return oneSentence(copy);
  };

  beforeEach(() => {
    log.append(20);
  });

  test.each([
    [
      "UPDATE events SET data = x'00' WHERE position = 11",
      'the event at position 11 is not what was written',
    ],
    ["UPDATE streams SET name = 'other' WHERE name = 'stream-1'", 'is not what was written'],
    ['DELETE FROM events WHERE position = 12', 'the event at position 12 is missing'],
    ['DELETE FROM events WHERE position <= 3', 'the event at position 3 is missing'],
    ['UPDATE events SET chain = zeroblob(32) WHERE position = 5', 'the event at position 6 does not follow'],
    ['UPDATE events SET chain = zeroblob(32) WHERE position = 1', 'the event at position 2 does not follow'],
    ['UPDATE events SET chain = zeroblob(32) WHERE position = 40', 'its first 40 events differ'],
  ])('the end is read: %s', (change, sentence) => {
    expect(damaged(change)).toContain(sentence);
  });

  test.each([
    ['events_by_id', 'CREATE INDEX events_by_id ON events (stream, id)'],
    ['events_by_revision', 'CREATE UNIQUE INDEX events_by_revision ON events (stream, revision)'],
  ])('an event that %s does not know is found out', (index, definition) => {
    const copy = log.snapshot();
    const redefine = (sql: string, then: string): void => {
      const database = new DatabaseSync(databaseFile(copy));
      database.enableDefensive(false);
      database.exec('PRAGMA writable_schema = ON');
      database.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?').run(sql, index);
      database.exec('PRAGMA writable_schema = RESET');
      database.exec(then);
      database.close();
    };
    redefine(`${definition} WHERE position <> 11`, `REINDEX ${index}`);
    redefine(definition, '');
    expect(oneSentence(copy)).toContain('an index does not lead to the event at position 11');
    expect(checkLog(copy).faults.join()).toContain(`missing from index ${index}`);
  });

  test('tables of another shape are refused', () => {
    expect(damaged('DROP INDEX events_by_id')).toContain('its tables are not those of format 2');
  });

  test('what follows an orderly stop is read in any case', () => {
    log.markClean();
    const early = log.snapshot();
    log.append(5);
    const late = log.snapshot();
    cpSync(markFile(early), markFile(late));
    expect(checkStart(late).position).toBe(50);
    const database = openForWriting(late);
    database.exec("UPDATE events SET data = x'00' WHERE position = 42");
    database.close();
    expect(oneSentence(late)).toContain('the event at position 42');
  });

  test('before the last 4 MiB all is there, and of one age; what it is shows when it is read', () => {
    log.appendTogether(60, 100_000);
    expect(damaged('DELETE FROM events WHERE position = 50')).toContain(
      'the event at position 50 is missing',
    );
    const chain = 'UPDATE events SET chain = zeroblob(32) WHERE position = 50';
    expect(damaged(chain)).toContain('the event at position 51 does not follow');
    expect(damaged("UPDATE events SET data = x'00' WHERE position = 150")).toContain(
      'position 150 is not what',
    );
    expect(damaged("UPDATE events SET data = x'00' WHERE position = 50")).toBe('');
  });

  test('after one, it is not', () => {
    log.markClean();
    const copy = log.snapshot();
    const database = openForWriting(copy);
    database.exec("UPDATE events SET data = x'00' WHERE position = 11");
    database.close();
    expect(checkStart(copy).position).toBe(40);
  });
});
