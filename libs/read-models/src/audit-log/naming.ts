import { catalogue, type Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import { type EntryColumns, type StoredEntry, storedEntry } from '../stored-entry.js';

/** Entries looked at by one statement. */
export const NAMING_SPAN = 20_000;

/** Who is looked for: ids of subjects as they stand in entries, and keys under which values are sealed. */
export interface Named {
  readonly subjects: readonly Uuid[];
  readonly keys: readonly Uuid[];
}

/**
 * The entries of a span of a log that name one of these subjects, or hold a value sealed under one of these keys. Every
 * entry of the span is looked at: for what is asked seldom.
 */
export async function entriesNaming(
  sql: Sql,
  tenant: Uuid,
  { from, to }: { readonly from: number; readonly to: number },
  named: Named,
): Promise<readonly { readonly index: number; readonly stored: StoredEntry }[]> {
  const { rows } = await sql.query<EntryColumns & { index: string }>(
    `SELECT index, event_id, type, entry, metadata ${NAMING} ORDER BY index`,
    [tenant, from, to, named.subjects, named.keys],
  );
  return rows.map((row) => ({ index: Number(row.index), stored: storedEntry(row) }));
}

/** How many entries of a whole log name them, span by span. */
export async function countNaming(sql: Sql, tenant: Uuid, size: number, named: Named): Promise<number> {
  let count = 0;
  for (let from = 0; from < size; from += NAMING_SPAN) {
    const { rows } = await sql.query<{ count: string }>(`SELECT count(*) ${NAMING}`, [
      tenant,
      from,
      Math.min(from + NAMING_SPAN, size),
      named.subjects,
      named.keys,
    ]);
    count += Number(rows[0]?.count ?? 0);
  }
  return count;
}

/** The places of entries in the log, of those that are there. */
export async function entryIndexes(
  sql: Sql,
  tenant: Uuid,
  events: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, number>> {
  const { rows } = await sql.query<{ event_id: string; index: string }>(
    'SELECT event_id, index FROM audit_log_v1.entry WHERE tenant_id = $1 AND event_id = ANY ($2::uuid[])',
    [tenant, events],
  );
  return new Map(rows.map(({ event_id, index }) => [event_id, Number(index)]));
}

/** How many entries of a class and a period (null: of every one) hold sealed values. */
export async function countSealed(
  sql: Sql,
  tenant: Uuid,
  place: { readonly class: string | null; readonly period: string | null },
): Promise<number> {
  const types = [...catalogue.values()].filter(({ retention }) => retention === (place.class ?? retention));
  const { rows } = await sql.query<{ count: string }>(
    `SELECT count(*) FROM audit_log_v1.entry
     WHERE tenant_id = $1 AND type = ANY ($2::text[])
       AND ($3::text IS NULL OR to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM') LIKE $3 || '%')
       AND position(convert_to('"sealed:', 'UTF8') in metadata) > 0`,
    [tenant, types.map(({ type }) => type), place.period],
  );
  return Number(rows[0]?.count ?? 0);
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NAMING = `FROM audit_log_v1.entry e
  WHERE e.tenant_id = $1 AND e.index >= $2 AND e.index < $3 AND (
    EXISTS (SELECT FROM regexp_matches(convert_from(e.metadata, 'UTF8'), 'sealed:(${UUID})', 'g') m
      WHERE m[1] = ANY ($5::text[]))
    OR EXISTS (SELECT FROM unnest($4::text[]) s WHERE position(convert_to(s, 'UTF8') in e.entry) > 0))`;
