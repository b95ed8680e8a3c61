import type { Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import type { LogOrigin } from '../succession.js';
import { inOrigin, originSpan, originSpans } from './origins.js';

/** An entry as it is stored, with its index in its origin. */
export interface LogEntry {
  readonly index: number;
  readonly id: Uuid;
  readonly type: string;
  /** H(0x00 ‖ entry), 32 bytes. */
  readonly leaf: Uint8Array;
  readonly entry: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface EntryRange {
  readonly from: number;
  /** Without it. */
  readonly to: number;
  /** Of entries and metadata; the first entry is read whatever it has. */
  readonly bytes: number;
}

/** Entries looked at in one statement. */
const PAGE = 500;

interface Row {
  readonly index: string;
  readonly event_id: Uuid;
  readonly type: string;
  readonly leaf: Buffer;
  readonly entry: Buffer;
  readonly metadata: Buffer;
}

/** Entries of one of a log's origins in its order, from an index on; none of an origin that is not there. */
export async function readEntries(
  sql: Sql,
  origin: LogOrigin,
  { from, to, bytes }: EntryRange,
): Promise<readonly LogEntry[]> {
  const span = await originSpan(sql, origin);
  if (span === undefined) return [];
  const { start, end } = span;
  const { rows } = await sql.query<Row>(
    `SELECT index, event_id, type, leaf, entry, metadata FROM (
       SELECT index, event_id, type, leaf, entry, metadata,
         sum(octet_length(entry) + octet_length(metadata)) OVER (ORDER BY index) AS bytes
       FROM audit_log_v1.entry WHERE tenant_id = $1 AND index >= $2 AND index < $3
     ) page WHERE bytes <= $4 OR index = $2 ORDER BY index`,
    [origin.log, start + from, Math.min(end, start + to, start + from + PAGE), bytes],
  );
  return rows.map(({ index, event_id: id, type, leaf, entry, metadata }) => ({
    index: Number(index) - start,
    id,
    type,
    leaf,
    entry,
    metadata,
  }));
}

/** Where an order of erasure stands, as a file of one origin says it: its index, and its origin where that is another one. */
export interface Eraser {
  readonly by: number;
  readonly succession?: number;
}

/** The orders of erasure of a log, by their events. */
export type Erasers = ReadonlyMap<Uuid, Eraser>;

/**
 * For a file of the first `size` entries of one of a log's origins. An order of that origin which comes later is not among them: it
 * is in the next file. In the log's scope.
 */
export async function readErasers(sql: Sql, origin: LogOrigin, size: number): Promise<Erasers> {
  const origins = await originSpans(sql, origin.log);
  const { rows } = await sql.query<{ index: string; event_id: Uuid }>(
    `SELECT index, event_id FROM audit_log_v1.entry
     WHERE tenant_id = $1 AND type = 'log.erasure-ordered' ORDER BY index`,
    [origin.log],
  );
  const erasers = new Map<Uuid, Eraser>();
  for (const { index: place, event_id: event } of rows) {
    const { succession, index: by } = inOrigin(origins, Number(place));
    if (succession !== origin.succession) erasers.set(event, { by, succession });
    else if (by < size) erasers.set(event, { by });
  }
  return erasers;
}
