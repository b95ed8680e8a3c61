import type { Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';

/** An entry as it is stored, with its place. */
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

/** Entries of a log in its order, from an index on. */
export async function readEntries(
  sql: Sql,
  log: Uuid,
  { from, to, bytes }: EntryRange,
): Promise<readonly LogEntry[]> {
  const { rows } = await sql.query<Row>(
    `SELECT index, event_id, type, leaf, entry, metadata FROM (
       SELECT index, event_id, type, leaf, entry, metadata,
         sum(octet_length(entry) + octet_length(metadata)) OVER (ORDER BY index) AS bytes
       FROM audit_log_v1.entry WHERE tenant_id = $1 AND index >= $2 AND index < $3
     ) page WHERE bytes <= $4 OR index = $2 ORDER BY index`,
    [log, from, Math.min(to, from + PAGE), bytes],
  );
  return rows.map(({ index, event_id: id, type, leaf, entry, metadata }) => ({
    index: Number(index),
    ...{ id, type, leaf, entry, metadata },
  }));
}

/** What orders of erasure of a log name: by key the entry that erased it, and the last entry that names no single keys. */
export interface Erasures {
  readonly byKey: ReadonlyMap<Uuid, number>;
  readonly unnamed: number | undefined;
}

/** Among the first `size` entries. In the log's scope. */
export async function readErasures(sql: Sql, log: Uuid, size: number): Promise<Erasures> {
  const { rows } = await sql.query<{ index: string; entry: Buffer }>(
    `SELECT index, entry FROM audit_log_v1.entry
     WHERE tenant_id = $1 AND type = 'log.erasure-ordered' AND index < $2 ORDER BY index`,
    [log, size],
  );
  const byKey = new Map<Uuid, number>();
  let unnamed: number | undefined;
  for (const { index, entry } of rows) {
    const { body } = JSON.parse(entry.toString('utf8')) as { body: { keys: readonly Uuid[] | null } };
    if (body.keys === null) unnamed = Number(index);
    else for (const key of body.keys) if (!byKey.has(key)) byKey.set(key, Number(index));
  }
  return { byKey, unnamed };
}
