import type { DatabaseSync } from 'node:sqlite';
import { chainAfter, EMPTY_CHAIN } from './chain.js';
import type { RecordedEvent } from './event.js';
import { CHECKSUM_COLUMN, EVENT_COLUMNS, EVENTS_WITH_STREAMS, toEvent } from './event-row.js';
import { DamagedLog } from './failures.js';
import { sameBytes, type Head } from './head.js';

/** What an event takes beside its data and metadata, with the indexes, at least. */
const EVENT_OVERHEAD_BYTES = 200;

/**
 * Proves the end of the log, from the last event back to the mark and further until `bytes` of events are read: each is
 * what was written, follows the one before it in the running hash, and is found through every index.
 * @throws DamagedLog
 */
export function verifyTail(database: DatabaseSync, mark: Head, bytes: number): void {
  const rows = database.prepare(
    `SELECT ${EVENT_COLUMNS}, e.chain, e.stream FROM ${EVENTS_WITH_STREAMS} ORDER BY e.position DESC`,
  );
  rows.setReturnArrays(true);
  const requireIndexed = indexes(database);
  let later:
    { readonly position: number; readonly chain: Uint8Array; readonly checksum: Uint8Array } | undefined;
  let left = bytes;
  for (const row of rows.iterate() as unknown as Iterable<unknown[]>) {
    const event = toEvent(row);
    const [checksum, chain, stream] = row.slice(CHECKSUM_COLUMN) as [Uint8Array, Uint8Array, number];
    if (later !== undefined) {
      if (event.position !== later.position - 1)
        throw new DamagedLog(`the event at position ${later.position - 1} is missing`);
      requireNext(chain, later);
    }
    requireIndexed(event, stream);
    later = { position: event.position, chain, checksum };
    left -= event.data.length + event.metadata.length + EVENT_OVERHEAD_BYTES;
    if (left < 0 && event.position <= mark.position) return;
  }
  if (later === undefined) return;
  if (later.position !== 1) throw new DamagedLog(`the event at position ${later.position - 1} is missing`);
  requireNext(EMPTY_CHAIN, later);
}

function requireNext(
  before: Uint8Array,
  {
    position,
    chain,
    checksum,
  }: { readonly position: number; readonly chain: Uint8Array; readonly checksum: Uint8Array },
): void {
  if (!sameBytes(chainAfter(before, checksum), chain))
    throw new DamagedLog(`the event at position ${position} does not follow the one before it`);
}

function indexes(database: DatabaseSync): (event: RecordedEvent, stream: number) => void {
  const byRevision = database.prepare(
    'SELECT position FROM events INDEXED BY events_by_revision WHERE stream = ? AND revision = ?',
  );
  const byId = database.prepare(
    'SELECT position FROM events INDEXED BY events_by_id WHERE stream = ? AND id = ? AND position = ?',
  );
  const byName = database.prepare('SELECT id FROM streams WHERE name = ?');
  return (event, stream) => {
    const { position, revision, id } = event;
    const found =
      byRevision.get(stream, revision)?.['position'] === position &&
      byId.get(stream, id, position)?.['position'] === position &&
      byName.get(event.stream)?.['id'] === stream;
    if (!found) throw new DamagedLog(`an index does not lead to the event at position ${position}`);
  };
}
