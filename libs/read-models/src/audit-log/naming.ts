import type { Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import { type EntryIndex, inOrigin, originSpans } from './origins.js';
import { type EntryColumns, type StoredEntry, storedEntry } from '../stored-entry.js';

/** Entries looked at by one statement. */
export const NAMING_SPAN = 20_000;

/** Who is looked for: ids of subjects as they stand in entries, and keys under which values are sealed. */
export interface Named {
  readonly subjects: readonly Uuid[];
  readonly keys: readonly Uuid[];
}

/**
 * The entries of a span of a log, counted across its origins, that name one of these subjects, or hold a value sealed under one of these keys. For
 * subjects every entry of the span is looked at: for what is asked seldom.
 */
export async function entriesNaming(
  sql: Sql,
  tenant: Uuid,
  { from, to }: { readonly from: number; readonly to: number },
  named: Named,
): Promise<readonly (EntryIndex & { readonly stored: StoredEntry })[]> {
  const { rows } = await sql.query<EntryColumns & { index: string }>(
    `SELECT index, event_id, type, entry, metadata ${NAMING} ORDER BY index`,
    [tenant, from, to, named.subjects, named.keys],
  );
  const origins = await originSpans(sql, tenant);
  return rows.map((row) => ({ ...inOrigin(origins, Number(row.index)), stored: storedEntry(row) }));
}

/** How many of the first `size` entries of a whole log, of all of its origins, name them. By keys alone it takes as long as there are such entries. */
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

/** Where entries stand, each in its origin, of those that are there. */
export async function entryIndexes(
  sql: Sql,
  tenant: Uuid,
  events: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, EntryIndex>> {
  const { rows } = await sql.query<{ event_id: string; index: string }>(
    'SELECT event_id, index FROM audit_log_v1.entry WHERE tenant_id = $1 AND event_id = ANY ($2::uuid[])',
    [tenant, events],
  );
  const origins = await originSpans(sql, tenant);
  return new Map(rows.map(({ event_id, index }) => [event_id, inOrigin(origins, Number(index))]));
}

/** Places read by one statement. */
const PLACES = 50_000;

/**
 * How many entries of a log hold a value sealed under keys that come in batches, each entry once: a class may have millions
 * of keys, and an entry several of them. Kept is one bit for each entry of the log.
 */
export async function countSealed(
  sql: Sql,
  tenant: Uuid,
  size: number,
  batches: AsyncIterable<readonly Uuid[]>,
  places = PLACES,
): Promise<number> {
  const seen = new Uint8Array(Math.ceil(size / 8));
  let count = 0;
  for await (const keys of batches)
    for await (const index of placesOf(sql, tenant, keys, places)) {
      const [byte, bit] = [Math.floor(index / 8), 1 << (index % 8)];
      if (index >= size || ((seen[byte] ?? 0) & bit) !== 0) continue;
      seen[byte] = (seen[byte] ?? 0) | bit;
      count++;
    }
  return count;
}

/** By the key of the table, so that one key with a great many entries takes as many pages, each from where the last ended. */
async function* placesOf(
  sql: Sql,
  tenant: Uuid,
  keys: readonly Uuid[],
  most: number,
): AsyncGenerator<number> {
  let last: { readonly key_id: string; readonly index: string } | undefined;
  do {
    const { rows } = await sql.query<{ key_id: string; index: string }>(
      `SELECT key_id, index FROM audit_log_v1.sealed
       WHERE tenant_id = $1 AND key_id = ANY ($2::uuid[]) AND (key_id, index) > ($3::uuid, $4::bigint)
       ORDER BY key_id, index LIMIT $5`,
      [tenant, keys, last?.key_id ?? NOBODY, last?.index ?? -1, most],
    );
    for (const { index } of rows) yield Number(index);
    last = rows.length < most ? undefined : rows.at(-1);
  } while (last !== undefined);
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

const NAMING = `FROM audit_log_v1.entry e
  WHERE e.tenant_id = $1 AND e.index >= $2 AND e.index < $3 AND (
    e.index = ANY (ARRAY(
      SELECT s.index FROM audit_log_v1.sealed s
      WHERE s.tenant_id = $1 AND s.key_id = ANY ($5::uuid[]) AND s.index >= $2 AND s.index < $3))
    OR EXISTS (SELECT FROM unnest($4::text[]) s WHERE position(convert_to(s, 'UTF8') in e.entry) > 0))`;
