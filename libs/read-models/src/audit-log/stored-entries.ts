import type { Uuid } from '@candor/domain';
import { plain } from '../columns.js';
import type { Sql } from '../sql.js';
import { type EntryColumns, type StoredEntry, storedEntry } from '../stored-entry.js';

/** Entries of a log by their events' ids, those that are there: for views that keep no bytes of their own. */
export async function storedEntries(
  sql: Sql,
  tenant: Uuid,
  events: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, StoredEntry>> {
  if (events.length === 0) return new Map();
  const { rows } = await sql.query<EntryColumns>(
    `SELECT event_id, type, entry, metadata FROM audit_log_v1.entry
     WHERE tenant_id = $1 AND event_id = ANY($2::uuid[])`,
    [tenant, plain(events)],
  );
  return new Map(rows.map((row) => [row.event_id, storedEntry(row)]));
}
