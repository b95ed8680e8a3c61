import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { databaseFile, openForReading, requireFormat } from './database.js';
import { DamagedLog, NodeFailure, reasonOf } from './failures.js';
import { chainAt, EMPTY_HEAD, headOf, sameBytes, type Head } from './head.js';
import { markFile, readMark, type FoundMark, type Mark } from './mark.js';
import { verifyTail } from './tail-check.js';

const RUNBOOK = 'what to do: ops/runbooks/event-store.md';
/** What a write-ahead log holds when it is copied back, with the transaction that made it so (checkpoints.ts). */
const TAIL_BYTES = 24 * 1024 * 1024;

/**
 * Holds a log against its mark before anything is written: the log may go further than the mark, by commits that were
 * never acknowledged; it is never shorter, and never another. After anything but an orderly stop the log's end is read and
 * proven as well, as far back as a write-ahead log reaches. Takes no longer for a longer log. Changes nothing.
 * @returns where the log ends
 * @throws NodeFailure naming the gap
 */
export function checkStart(directory: string): Head {
  // The mark first: a running node may move both on.
  const found = readMark(directory);
  const file = databaseFile(directory);
  if (sizeOf(file) === 0) return requireEmpty(directory, found);
  let database: DatabaseSync | undefined;
  try {
    database = openForReading(directory);
    return checkLog(directory, database, found);
  } catch (error) {
    if (error instanceof NodeFailure) throw error;
    throw new NodeFailure(`The event log in ${directory} cannot be read: ${reasonOf(error)} (${RUNBOOK}).`);
  } finally {
    database?.close();
  }
}

function checkLog(directory: string, database: DatabaseSync, found: FoundMark): Head {
  const { newest: mark, damaged } = found;
  const head = requireFormat(database) ? headOf(database) : EMPTY_HEAD;
  if (head.position === 0) return requireEmpty(directory, found);
  if (mark === undefined) throw withoutMark(directory, head, damaged);
  requireAcknowledged(directory, database, head, mark);
  verifyTail(database, mark, mark.clean ? 0 : Math.max(TAIL_BYTES, sizeOf(`${databaseFile(directory)}-wal`)));
  return head;
}

function requireEmpty(directory: string, { newest: mark, damaged }: FoundMark): Head {
  if (mark !== undefined && mark.position > 0) throw tooShort(directory, mark, 0);
  if (mark === undefined && damaged) throw withoutMark(directory, EMPTY_HEAD, damaged);
  if (sizeOf(databaseFile(directory)) === 0 && sizeOf(`${databaseFile(directory)}-wal`) > 0)
    throw new NodeFailure(
      `The event log in ${directory} has a write-ahead log (events.db-wal), and no file that it belongs to (${RUNBOOK}).`,
    );
  return EMPTY_HEAD;
}

function requireAcknowledged(directory: string, database: DatabaseSync, head: Head, mark: Mark): void {
  if (head.position < mark.position) throw tooShort(directory, mark, head.position);
  const chain = chainAt(database, mark.position);
  if (chain === undefined) throw new DamagedLog(`the event at position ${mark.position} is missing`);
  if (!sameBytes(chain, mark.chain))
    throw new NodeFailure(
      `The event log in ${directory} is not the one that was acknowledged: its first ${mark.position} events differ from those that were (${RUNBOOK}).`,
    );
}

function tooShort(directory: string, mark: Mark, found: number): NodeFailure {
  const lost =
    found + 1 === mark.position ? `event ${mark.position} is` : `events ${found + 1} to ${mark.position} are`;
  return new NodeFailure(
    `The event log in ${directory} is shorter than what was acknowledged: it was acknowledged up to position ${mark.position} and ends at ${found}, so ${lost} lost (${RUNBOOK}).`,
  );
}

function withoutMark(directory: string, head: Head, damaged: boolean): NodeFailure {
  return new NodeFailure(
    `${markFile(directory)}, which says what was acknowledged, is ${damaged ? 'damaged' : 'missing'}, so nobody can tell whether the ${head.position} events beside it are all (${RUNBOOK}).`,
  );
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
