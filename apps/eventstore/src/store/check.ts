import type { DatabaseSync } from 'node:sqlite';
import { chainAfter, EMPTY_CHAIN } from './chain.js';
import { openForReading, requireFormat } from './database.js';
import { CHECKSUM_COLUMN, EVENT_COLUMNS, toEvent } from './event-row.js';
import { DamagedLog, NodeFailure, reasonOf } from './failures.js';
import { EMPTY_HEAD, headOf, sameBytes, type Head } from './head.js';
import { checkStart } from './start-check.js';

/** Positions read by one statement: a running node's write-ahead log is not kept waiting for longer. */
const PAGE = 1_000;
const MOST_FAULTS = 100;

/** What was read, and what is wrong with it, in words with positions; the first hundred faults only. */
export interface CheckReport {
  readonly head: Head;
  readonly streams: number;
  readonly faults: readonly string[];
}

/**
 * Reads a whole log and proves it: what the node proves at its start, SQLite's own structure, every checksum, the running
 * hash from the first event to the last, and streams and positions without gaps. The node may run meanwhile: what is
 * committed when this begins is looked at.
 */
export function checkLog(directory: string): CheckReport {
  const faults = new Faults();
  faults.of(() => checkStart(directory));
  let database: DatabaseSync | undefined;
  try {
    database = openForReading(directory);
    const made = requireFormat(database);
    return { ...checkTables(made ? database : undefined, faults), faults: faults.found };
  } catch (error) {
    faults.add(reasonOf(error));
    return { head: EMPTY_HEAD, streams: 0, faults: faults.found };
  } finally {
    database?.close();
  }
}

function checkTables(database: DatabaseSync | undefined, faults: Faults): Omit<CheckReport, 'faults'> {
  if (database === undefined) return { head: EMPTY_HEAD, streams: 0 };
  const head = faults.of(() => headOf(database)) ?? EMPTY_HEAD;
  faults.of(() => {
    checkEvents(database, head, faults);
  });
  faults.of(() => {
    checkStreams(database, faults);
  });
  faults.of(() => {
    for (const row of database.prepare(`PRAGMA integrity_check(${MOST_FAULTS})`).all()) {
      const found = String(row['integrity_check']);
      if (found !== 'ok') faults.add(`SQLite: ${found}`);
    }
  });
  const streams = faults.of(() => Number(database.prepare('SELECT count(*) AS n FROM streams').get()?.['n']));
  return { head, streams: streams ?? 0 };
}

/** Goes on after a fault with what is stored, so that one damaged event is one fault. */
function checkEvents(database: DatabaseSync, head: Head, faults: Faults): void {
  const rows = database.prepare(
    `SELECT ${EVENT_COLUMNS}, e.chain FROM events e LEFT JOIN streams s ON s.id = e.stream
      WHERE e.position BETWEEN ? AND ? ORDER BY e.position`,
  );
  rows.setReturnArrays(true);
  let chain: unknown = EMPTY_CHAIN;
  let next = 1;
  for (let from = 1; from <= head.position; from += PAGE) {
    const page = rows.iterate(from, Math.min(from + PAGE - 1, head.position));
    for (const row of page as unknown as Iterable<unknown[]>) {
      const position = row[0] as number;
      if (position !== next) faults.add(missing(next, position - 1));
      faults.of(() => toEvent(row));
      const [checksum, stored] = row.slice(CHECKSUM_COLUMN);
      if (position === next && !follows(chain, checksum, stored))
        faults.add(`the event at position ${position} does not follow the one before it in the running hash`);
      chain = stored;
      next = position + 1;
    }
  }
  if (next <= head.position) faults.add(missing(next, head.position));
}

function follows(before: unknown, checksum: unknown, chain: unknown): boolean {
  if (!(before instanceof Uint8Array) || !(checksum instanceof Uint8Array)) return false;
  return before.length === 32 && checksum.length === 32 && sameBytes(chainAfter(before, checksum), chain);
}

function checkStreams(database: DatabaseSync, faults: Faults): void {
  const gaps = database.prepare(
    `SELECT s.name, count(*) AS events, min(e.revision) AS first, max(e.revision) AS last
       FROM events e LEFT JOIN streams s ON s.id = e.stream
      GROUP BY e.stream HAVING first <> 0 OR last <> count(*) - 1 LIMIT ${MOST_FAULTS}`,
  );
  for (const { name, events, first, last } of gaps.all())
    faults.add(
      `stream ${String(name)} has ${String(events)} events with revisions ${String(first)} to ${String(last)}`,
    );
  const empty = database.prepare(
    `SELECT name FROM streams s WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.stream = s.id) LIMIT ${MOST_FAULTS}`,
  );
  for (const { name } of empty.all()) faults.add(`stream ${String(name)} has no events`);
}

function missing(first: number, last: number): string {
  return first === last
    ? `the event at position ${first} is missing`
    : `the events at positions ${first} to ${last} are missing`;
}

/** Collects what is wrong, and no more than anybody reads. */
class Faults {
  readonly found: string[] = [];

  add(fault: string): void {
    if (this.found.length < MOST_FAULTS && !this.found.includes(fault)) this.found.push(fault);
  }

  /** The result, or one more fault. */
  of<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      if (error instanceof DamagedLog) this.add(error.what);
      else
        this.add(error instanceof NodeFailure ? error.message : `SQLite cannot read on: ${reasonOf(error)}`);
      return undefined;
    }
  }
}
