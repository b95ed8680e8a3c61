import type { Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import type { LogOrigin } from '../succession.js';
import { originSpan } from './origins.js';

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

/** What orders of erasure of a log name: by key the entry that erased it, and the last entry that names no single keys. */
export interface Erasures {
  readonly byKey: ReadonlyMap<Uuid, number>;
  readonly unnamed: number | undefined;
}

/** Among the first `size` entries of one of a log's origins: an order in another one is no entry of it. In the log's scope. */
export async function readErasures(sql: Sql, origin: LogOrigin, size: number): Promise<Erasures> {
  const { start, end } = (await originSpan(sql, origin)) ?? { start: 0, end: 0 };
  const { rows } = await sql.query<{ index: string; entry: Buffer }>(
    `SELECT index, entry FROM audit_log_v1.entry
     WHERE tenant_id = $1 AND type = 'log.erasure-ordered' AND index >= $2 AND index < $3 ORDER BY index`,
    [origin.log, start, Math.min(end, start + size)],
  );
  const byKey = new Map<Uuid, number>();
  let unnamed: number | undefined;
  for (const { index, entry } of rows) {
    const { body } = JSON.parse(entry.toString('utf8')) as { body: { keys: readonly Uuid[] | null } };
    const at = Number(index) - start;
    if (body.keys === null) unnamed = at;
    else for (const key of body.keys) if (!byKey.has(key)) byKey.set(key, at);
  }
  return { byKey, unnamed };
}
