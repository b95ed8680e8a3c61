import type { DatabaseSync } from 'node:sqlite';
import { chainAfter, EMPTY_CHAIN } from './chain.js';
import { CHECKSUM_COLUMN, EVENT_COLUMNS, EVENTS_WITH_STREAMS, toEvent } from './event-row.js';
import { DamagedLog } from './failures.js';
import { sameBytes, type Head } from './head.js';

/** What an event takes beside its data and metadata, with the indexes, at least. */
const EVENT_OVERHEAD_BYTES = 200;
/** So much of the end is proven to the byte; of what lies before it, that all is there and of one age. */
const PROVEN_BYTES = 4 * 1024 * 1024;

/** What links an event to the one before it. */
interface Link {
  readonly position: number;
  readonly checksum: Uint8Array;
  readonly chain: Uint8Array;
  /** What it takes, about. */
  readonly bytes: number;
}

/**
 * Proves the end of the log, from the last event back to the mark and further until `bytes` of events are read: each follows
 * the one before it in the running hash, and is found through every index. Those that follow the mark, and the last ones in
 * any case, are what was written, to the byte; the others prove that when they are read.
 * @throws DamagedLog
 */
export function verifyTail(database: DatabaseSync, mark: Head, bytes: number): void {
  let later: Link | undefined;
  let read = 0;
  const follow = (link: Link): void => {
    if (later !== undefined) requireNext(link, later);
    later = link;
    read += link.bytes;
  };
  for (const link of events(database)) {
    follow(link);
    if (link.position <= mark.position && read > Math.min(bytes, PROVEN_BYTES)) break;
  }
  if (later === undefined) return;
  for (const link of links(database, read > bytes ? 0 : later.position)) {
    follow(link);
    if (read > bytes) break;
  }
  const first = later;
  if (read <= bytes) requireNext({ position: 0, chain: EMPTY_CHAIN }, first);
  requireIndexed(database, first.position);
}

function* events(database: DatabaseSync): Generator<Link> {
  const rows = database.prepare(
    `SELECT ${EVENT_COLUMNS}, e.chain FROM ${EVENTS_WITH_STREAMS} ORDER BY e.position DESC`,
  );
  rows.setReturnArrays(true);
  for (const row of rows.iterate() as unknown as Iterable<unknown[]>) {
    const { position, data, metadata } = toEvent(row);
    const [checksum, chain] = row.slice(CHECKSUM_COLUMN) as [Uint8Array, Uint8Array];
    yield { position, checksum, chain, bytes: data.length + metadata.length + EVENT_OVERHEAD_BYTES };
  }
}

/** Without their data: it may be large, and somewhere else. */
function links(database: DatabaseSync, before: number): Iterable<Link> {
  const rows = database.prepare(
    `SELECT position, checksum, chain, length(data) + length(metadata) + ${EVENT_OVERHEAD_BYTES} AS bytes
       FROM events WHERE position < ? ORDER BY position DESC`,
  );
  return rows.iterate(before) as unknown as Iterable<Link>;
}

function requireNext(before: Pick<Link, 'position' | 'chain'>, { position, checksum, chain }: Link): void {
  if (before.position !== position - 1)
    throw new DamagedLog(`the event at position ${position - 1} is missing`);
  if (!(before.chain instanceof Uint8Array) || !(checksum instanceof Uint8Array) || !follows())
    throw new DamagedLog(`the event at position ${position} does not follow the one before it`);

  function follows(): boolean {
    return (
      before.chain.length === 32 &&
      checksum.length === 32 &&
      sameBytes(chainAfter(before.chain, checksum), chain)
    );
  }
}

/** Every event from there on is found through every index. */
function requireIndexed(database: DatabaseSync, first: number): void {
  const lost = database.prepare(
    `SELECT max(e.position) AS position FROM ${EVENTS_WITH_STREAMS} WHERE e.position >= ? AND NOT (
       EXISTS (SELECT 1 FROM events r INDEXED BY events_by_revision
                WHERE r.stream = e.stream AND r.revision = e.revision AND r.position = e.position)
       AND EXISTS (SELECT 1 FROM events i INDEXED BY events_by_id
                    WHERE i.stream = e.stream AND i.id = e.id AND i.position = e.position)
       AND EXISTS (SELECT 1 FROM streams n INDEXED BY sqlite_autoindex_streams_1
                    WHERE n.name = s.name AND n.id = s.id))`,
  );
  const position = lost.get(first)?.['position'] as number | null | undefined;
  if (typeof position === 'number')
    throw new DamagedLog(`an index does not lead to the event at position ${position}`);
}
