import { mkdirSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { chainAfter } from './chain.js';
import { checkLog } from './check.js';
import { Checkpoints } from './checkpoints.js';
import { openForReading, openForWriting } from './database.js';
import { holdDirectory, syncDirectory } from './directory.js';
import { CHECKSUM_COLUMN, EVENT_COLUMNS, EVENTS_WITH_STREAMS, toEvent } from './event-row.js';
import { DamagedLog, NodeFailure, reasonOf } from './failures.js';
import { chainAt, EMPTY_HEAD, sameBytes, type Head } from './head.js';
import { MarkFile } from './mark.js';
import { checkStart } from './start-check.js';

/** One transaction's events and bytes at most; between two of them nothing of the source is held. */
const PAGE_EVENTS = 5_000;
const PAGE_BYTES = 8 * 1024 * 1024;

/**
 * Copies a log, whose node may run, into an empty directory. A log only grows, so what stands up to its end now is copied
 * event by event, each proven; the mark of its end is written first, so that a copy that was broken off does not start. Then
 * the copy is read back and held against the source.
 * @returns where the copy ends
 * @throws NodeFailure
 */
export function backUp(source: string, target: string): Head {
  const end = checkStart(source);
  requireEmptyDirectory(target);
  try {
    const held = holdDirectory(target);
    try {
      copyLog(source, target, end);
    } finally {
      held.release();
    }
    syncDirectory(dirname(target));
  } catch (error) {
    if (error instanceof NodeFailure) throw error;
    throw new NodeFailure(
      `The backup was broken off: ${reasonOf(error)}; what ${target} holds is not a backup.`,
    );
  }
  compare(source, target, end);
  return end;
}

function requireEmptyDirectory(target: string): void {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  if (readdirSync(target).length > 0)
    throw new NodeFailure(`${target} is not empty: a backup goes into a directory of its own.`);
}

function copyLog(source: string, target: string, end: Head): void {
  // From here on the target says what it must hold: broken off, it does not start.
  const marks = MarkFile.open(target);
  marks.write({ ...end, clean: false });
  const reading = openForReading(source);
  const writing = openForWriting(target);
  try {
    copyEvents(reading, writing, end);
    marks.write({ ...end, clean: true });
  } catch (error) {
    writing.abandon();
    throw error;
  } finally {
    reading.close();
    marks.close();
  }
  writing.close();
}

function copyEvents(reading: DatabaseSync, writing: DatabaseSync, end: Head): void {
  const checkpoints = new Checkpoints(writing);
  const page = pages(reading, writing);
  let at = EMPTY_HEAD;
  while (at.position < end.position) {
    writing.exec('BEGIN IMMEDIATE');
    at = page(at, end.position);
    writing.exec('COMMIT');
    checkpoints.afterCommit();
  }
  if (!sameBytes(at.chain, end.chain)) throw new DamagedLog('its end is not what it was');
  if (!checkpoints.copyAll()) throw new Error('another process reads it');
}

/** Copies what follows a head, as much as one transaction takes, and answers with the new head. */
function pages(reading: DatabaseSync, writing: DatabaseSync): (after: Head, last: number) => Head {
  const rows = reading.prepare(
    `SELECT ${EVENT_COLUMNS}, e.chain, e.stream FROM ${EVENTS_WITH_STREAMS}
      WHERE e.position BETWEEN ? AND ? ORDER BY e.position`,
  );
  rows.setReturnArrays(true);
  const insertStream = writing.prepare('INSERT INTO streams (id, name) VALUES (?, ?)');
  const insertEvent = writing.prepare(
    `INSERT INTO events (position, stream, revision, id, created, is_json, type, checksum, chain, metadata, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (after, last) => {
    let { position, chain } = after;
    let bytes = 0;
    const found = rows.iterate(position + 1, Math.min(position + PAGE_EVENTS, last));
    for (const row of found as unknown as Iterable<unknown[]>) {
      const { stream: name, revision, id, created, isJson, type, metadata, data, ...event } = toEvent(row);
      const [checksum, stored, stream] = row.slice(CHECKSUM_COLUMN) as [Uint8Array, Uint8Array, number];
      chain = chainAfter(chain, checksum);
      if (event.position !== position + 1 || !sameBytes(chain, stored))
        throw new DamagedLog(`the event at position ${position + 1} is not the one that follows`);
      ({ position } = event);
      // A stream's first event comes before its others.
      if (revision === 0) insertStream.run(stream, name);
      const fixed = [position, stream, revision, id, created, isJson ? 1 : 0, type] as const;
      insertEvent.run(...fixed, checksum, chain, metadata, data);
      bytes += data.length + metadata.length;
      if (bytes >= PAGE_BYTES) break;
    }
    if (position === after.position) throw new DamagedLog(`the event at position ${position + 1} is missing`);
    return { position, chain };
  };
}

function compare(source: string, target: string, end: Head): void {
  const { head, faults } = checkLog(target);
  const reading = openForReading(source);
  const chain = chainAt(reading, end.position);
  reading.close();
  const [fault] = faults;
  if (fault !== undefined)
    throw new NodeFailure(`${target} is not a backup, read back it is damaged: ${fault}`);
  if (head.position !== end.position || !sameBytes(head.chain, chain))
    throw new NodeFailure(`${target} is not a backup, read back it differs from ${source}.`);
}
