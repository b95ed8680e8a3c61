import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { readEverything, smallLog, type SmallLog } from '../testing/small-log.js';
import { databaseFile, openForReading } from './database.js';
import { DamagedLog } from './failures.js';
import { proofRound, type Lasts } from './round.js';

let log: SmallLog;

beforeEach(() => {
  log = smallLog();
});
afterEach(() => {
  log.remove();
});

/** What a round says of a log, and the last revisions that it told. */
function roundOf(path: string, acknowledged = 0, between?: () => void): Map<string, number> {
  const database = openForReading(path);
  const told = new Map<string, number>();
  try {
    const round = proofRound(database, acknowledged);
    for (let page = round.next(); page.done !== true; page = round.next()) {
      for (const [stream, last] of (page.value.lasts ?? new Map()) as Lasts) told.set(stream, last);
      between?.();
    }
  } finally {
    database.close();
  }
  return told;
}

/** Changes the files as SQLite would not, and answers with what a round says then. */
function after(change: (database: DatabaseSync) => void): string {
  const copy = log.snapshot();
  const database = new DatabaseSync(databaseFile(copy));
  database.enableDefensive(false);
  change(database);
  database.close();
  try {
    roundOf(copy);
    return 'sound';
  } catch (error) {
    return (error as DamagedLog).what;
  }
}

/** Makes an index of other rows, under the definition that it had. */
function reindexed(database: DatabaseSync, index: string, only: string): void {
  const definition = String(
    database.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(index)?.['sql'],
  );
  const redefine = (sql: string): void => {
    database.exec('PRAGMA writable_schema = ON');
    database.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?').run(sql, index);
    database.exec('PRAGMA writable_schema = RESET');
  };
  redefine(`${definition} WHERE ${only}`);
  database.exec(`REINDEX ${index}`);
  redefine(definition);
}

test('tells of every stream of a sound log how far it goes, also while it grows', () => {
  expect(roundOf(log.path).size).toBe(0);
  log.appendTogether(700);
  const told = roundOf(log.path, 1_400, () => {
    log.append(9);
  });
  expect(Object.fromEntries(told)).toEqual(
    Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`stream-${n}`, 199])),
  );
});

test('a log that is shorter than is known', () => {
  log.append(4);
  expect(() => roundOf(log.path, 9)).toThrow('it ends at position 8, and was acknowledged up to 9');
});

describe('finds', () => {
  beforeEach(() => {
    log.append(25);
  });

  test.each([
    ['an event that is another', "UPDATE events SET data = x'00' WHERE position = 11", 'position 11 is not'],
    ['an event that is missing', 'DELETE FROM events WHERE position = 12', 'position 12 is missing'],
    ['events that are missing', 'DELETE FROM events WHERE position < 4', 'position 1 is missing'],
    [
      'another running hash',
      'UPDATE events SET chain = zeroblob(32) WHERE position = 5',
      'position 5 does not follow',
    ],
    ['a stream without events', "INSERT INTO streams (name) VALUES ('more')", 'it has 8 names of streams'],
  ])('%s', (_what, change, sentence) => {
    expect(
      after((database) => {
        database.exec(change);
      }),
    ).toContain(sentence);
  });

  test.each([
    ['events_by_revision', 'revision < 6', 'holds other entries'],
    ['events_by_revision', 'revision <> 3', 'is out of order'],
    ['events_by_revision', 'stream <> 1', 'holds other entries'],
    ['events_by_id', 'position <> 50', 'holds other entries'],
  ])('entries that %s lacks, where not %s', (index, only, sentence) => {
    const found = after((database) => {
      reindexed(database, index, only);
    });
    expect(found).toContain(`the index ${index} ${sentence}`);
  });
});

test('a flipped bit anywhere is found, or changes nothing that can be read', () => {
  log.appendTogether(120, 300);
  log.copyBack();
  const { all, streams } = readEverything(log.path);
  const outcomes = { found: 0, harmless: 0 };
  for (let turn = 0; turn < 30; turn++) {
    const copy = log.snapshot();
    const bytes = readFileSync(databaseFile(copy));
    const at = Math.floor(Math.random() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
    writeFileSync(databaseFile(copy), bytes);
    let found = false;
    try {
      roundOf(copy);
    } catch {
      found = true;
    }
    if (!found) expect({ at, ...readEverything(copy) }).toEqual({ at, all, streams });
    outcomes[found ? 'found' : 'harmless'] += 1;
    rmSync(copy, { recursive: true });
  }
  expect(outcomes.found).toBeGreaterThan(5);
  expect(outcomes.harmless).toBeGreaterThan(0);
});
