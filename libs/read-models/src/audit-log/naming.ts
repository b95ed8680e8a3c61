import { catalogue, type Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import { firstSince } from './search.js';
import { type EntryColumns, type StoredEntry, storedEntry } from '../stored-entry.js';

/** Entries looked at by one statement. */
export const NAMING_SPAN = 20_000;

/** Who is looked for: ids of subjects as they stand in entries, and keys under which values are sealed. */
export interface Named {
  readonly subjects: readonly Uuid[];
  readonly keys: readonly Uuid[];
}

/**
 * The entries of a span of a log that name one of these subjects, or hold a value sealed under one of these keys. For
 * subjects every entry of the span is looked at: for what is asked seldom.
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

/** How many entries of a whole log name them. By keys alone it takes as long as there are such entries. */
export async function countNaming(sql: Sql, tenant: Uuid, size: number, named: Named): Promise<number> {
  if (named.subjects.length === 0) return countSealedUnder(sql, tenant, size, named.keys);
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

async function countSealedUnder(
  sql: Sql,
  tenant: Uuid,
  size: number,
  keys: readonly Uuid[],
): Promise<number> {
  const { rows } = await sql.query<{ count: string }>(
    `SELECT count(DISTINCT index) FROM audit_log_v1.sealed
     WHERE tenant_id = $1 AND key_id = ANY ($2::uuid[]) AND index < $3`,
    [tenant, keys, size],
  );
  return Number(rows[0]?.count ?? 0);
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

/** How far the clocks of processes may be from one another, at the end of a period. */
const SLACK_MS = 86_400_000;

/**
 * How many entries of a class and a period (null: of every one) hold sealed values. Of a period, only entries from about
 * that time are looked at: `seen_at` never goes back.
 */
export async function countSealed(
  sql: Sql,
  tenant: Uuid,
  place: { readonly class: string | null; readonly period: string | null },
): Promise<number> {
  const types = [...catalogue.values()].filter(({ retention }) => retention === (place.class ?? retention));
  const { rows } = await sql.query<{ count: string }>(
    `WITH span AS MATERIALIZED (
       SELECT
         CASE WHEN $3::timestamptz IS NULL THEN 0 ELSE (${firstSince('$3')}) END AS first,
         CASE WHEN $5::timestamptz IS NULL THEN l.size ELSE (${firstSince('$5')}) END AS last
       FROM audit_log_v1.log l WHERE l.tenant_id = $1)
     SELECT count(*) FROM audit_log_v1.entry
     WHERE tenant_id = $1 AND type = ANY ($2::text[])
       AND index >= (SELECT first FROM span) AND index < (SELECT last FROM span)
       AND ($3::timestamptz IS NULL OR (recorded_at >= $3 AND recorded_at < $4))
       AND position(convert_to('"sealed:', 'UTF8') in metadata) > 0`,
    [tenant, types.map(({ type }) => type), ...spanOf(place.period)],
  );
  return Number(rows[0]?.count ?? 0);
}

/** From when until when a period is (a UTC month or year), and until when entries of it may be seen. */
function spanOf(period: string | null): readonly (string | null)[] {
  if (period === null) return [null, null, null];
  const [year = 0, month] = period.split('-').map(Number);
  const from = Date.UTC(year, (month ?? 1) - 1);
  const to = month === undefined ? Date.UTC(year + 1, 0) : Date.UTC(year, month);
  return [from, to, to + SLACK_MS].map((time) => new Date(time).toISOString());
}

const NAMING = `FROM audit_log_v1.entry e
  WHERE e.tenant_id = $1 AND e.index >= $2 AND e.index < $3 AND (
    e.index = ANY (ARRAY(
      SELECT s.index FROM audit_log_v1.sealed s
      WHERE s.tenant_id = $1 AND s.key_id = ANY ($5::uuid[]) AND s.index >= $2 AND s.index < $3))
    OR EXISTS (SELECT FROM unnest($4::text[]) s WHERE position(convert_to(s, 'UTF8') in e.entry) > 0))`;
