import { text } from '../columns.js';
import type { Sql } from '../sql.js';
import type { AuditFilter, Order } from './filter.js';

export interface Search {
  readonly tenant: string;
  readonly filter: AuditFilter;
  readonly order: Order;
  /** Index of the last entry already seen, in this order. */
  readonly after: number | null;
  readonly limit: number;
}

export interface Found {
  /** In the order asked for, at most the limit. */
  readonly indexes: readonly number[];
  /** Where the next search goes on; null when everything was looked at. */
  readonly end: number | null;
  readonly size: number;
}

/** Entries looked at for one page when two filters have to be combined. */
const WINDOW = 10_000;

/** What of the log is looked at: `from` inclusive, `to` exclusive. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Which entries make the page. Work is bounded whatever the log's size: no filter is arithmetic; a target, an actor, or
 * types and outcomes are ranges of an index; of combinations, the rarest leads and at most WINDOW entries are looked at.
 */
export async function searchIndexes(sql: Sql, search: Search): Promise<Found> {
  const { size, range } = await rangeOf(sql, search);
  if (range.from >= range.to) return { indexes: [], end: null, size };
  const { actor = null, action = null, target = null, outcome = null } = search.filter;
  const kinds = (action ?? outcome) === null ? null : await kindsOf(sql, search);
  if (kinds?.length === 0) return { indexes: [], end: null, size };
  if (target !== null || actor !== null) return { ...(await byParty(sql, search, range, kinds)), size };
  const indexes = kinds === null ? byPlace(search, range) : await byKind(sql, search, range, kinds);
  return { ...cut(indexes, search.limit), size };
}

/** One more than the limit was looked for, to know whether anything follows. */
function cut(indexes: readonly number[], limit: number): Omit<Found, 'size'> {
  const page = indexes.slice(0, limit);
  return { indexes: page, end: indexes.length > limit ? (page.at(-1) ?? null) : null };
}

/** The range in time is a range of indexes (`seen_at` never goes back), found by halving. */
async function rangeOf(
  sql: Sql,
  { tenant, filter, order, after }: Search,
): Promise<{ size: number; range: Range }> {
  const { rows } = await sql.query<{ size: string; first: string | null; last: string | null }>(
    `SELECT size,
       CASE WHEN $2::timestamptz IS NOT NULL THEN (${firstSince('$2')}) END AS first,
       CASE WHEN $3::timestamptz IS NOT NULL THEN (${firstSince('$3')}) END AS last
     FROM audit_log_v1.log l WHERE tenant_id = $1`,
    [tenant, filter.from ?? null, filter.to ?? null],
  );
  const size = Number(rows[0]?.size ?? 0);
  const from = Number(rows[0]?.first ?? 0);
  const to = Number(rows[0]?.last ?? size);
  if (after === null) return { size, range: { from, to } };
  return {
    size,
    range: order === 'newest' ? { from, to: Math.min(to, after) } : { from: Math.max(from, after + 1), to },
  };
}

/**
 * The index of the first entry seen at or after a time; the log's size when there is none. LIMIT keeps the planner from
 * joining: one entry is looked up per step.
 */
function firstSince(time: `$${number}`): string {
  return `WITH RECURSIVE half(low, high) AS (
      SELECT 0::bigint, l.size
      UNION ALL
      SELECT CASE WHEN middle.seen_at < ${time} THEN middle.index + 1 ELSE half.low END,
             CASE WHEN middle.seen_at < ${time} THEN half.high ELSE middle.index END
      FROM half
      CROSS JOIN LATERAL (
        SELECT e.index, e.seen_at FROM audit_log_v1.entry e
        WHERE e.tenant_id = $1 AND e.index = (half.low + half.high) / 2 LIMIT 1
      ) middle
      WHERE half.low < half.high
    )
    SELECT low FROM half WHERE low >= high`;
}

interface Kind {
  readonly type: string;
  readonly outcome: string;
}

/** The types and outcomes of this log that the filter lets through. */
async function kindsOf(sql: Sql, { tenant, filter }: Search): Promise<readonly Kind[]> {
  const action = filter.action ?? null;
  const prefix = action === null ? '' : action.endsWith('.*') ? action.slice(0, -1) : action;
  const exact = action !== null && !prefix.endsWith('.');
  const { rows } = await sql.query<Kind>(
    `SELECT type, outcome FROM audit_log_v1.kind
     WHERE tenant_id = $1 AND ($2::text IS NULL OR outcome = $2)
       AND CASE WHEN $4::boolean THEN type = $3 ELSE starts_with(type, $3) END`,
    [tenant, filter.outcome ?? null, prefix, exact],
  );
  return rows;
}

function byPlace({ order, limit }: Search, { from, to }: Range): readonly number[] {
  const count = Math.min(limit + 1, to - from);
  return Array.from({ length: count }, (_, n) => (order === 'newest' ? to - 1 - n : from + n));
}

/** The newest (or oldest) of each kind, merged. */
async function byKind(
  sql: Sql,
  search: Search,
  range: Range,
  kinds: readonly Kind[],
): Promise<readonly number[]> {
  const direction = search.order === 'newest' ? 'DESC' : 'ASC';
  const { rows } = await sql.query<{ index: string }>(
    `SELECT found.index
     FROM unnest($2::text[], $3::text[]) AS kind(type, outcome)
     CROSS JOIN LATERAL (
       SELECT e.index FROM audit_log_v1.entry e
       WHERE e.tenant_id = $1 AND e.type = kind.type AND e.outcome = kind.outcome
         AND e.index >= $4 AND e.index < $5
       ORDER BY e.index ${direction} LIMIT $6
     ) found
     ORDER BY found.index ${direction} LIMIT $6`,
    [
      search.tenant,
      text(kinds.map(({ type }) => type)),
      text(kinds.map(({ outcome }) => outcome)),
      range.from,
      range.to,
      search.limit + 1,
    ],
  );
  return rows.map(({ index }) => Number(index));
}

/** By target, else by actor; what else is asked for is checked on at most WINDOW of their entries. */
async function byParty(
  sql: Sql,
  { tenant, filter, order, limit }: Search,
  range: Range,
  kinds: readonly Kind[] | null,
): Promise<Omit<Found, 'size'>> {
  const direction = order === 'newest' ? 'DESC' : 'ASC';
  const [column, party] =
    (filter.target ?? null) !== null ? ['target_id', filter.target] : ['actor_id', filter.actor];
  const candidates = `FROM audit_log_v1.entry e
    WHERE e.tenant_id = $1 AND e.${column} = $2 AND e.index >= $3 AND e.index < $4 ORDER BY e.index ${direction}`;
  const where = [tenant, party, range.from, range.to];
  const { rows } = await sql.query<{ index: string }>(
    `SELECT index FROM (SELECT e.index, e.actor_id, e.type, e.outcome ${candidates} LIMIT ${WINDOW}) candidate
     WHERE ($5::uuid IS NULL OR actor_id = $5)
       AND ($6::text[] IS NULL OR (type, outcome) IN (SELECT * FROM unnest($6::text[], $7::text[])))
     ORDER BY index ${direction} LIMIT $8`,
    [
      ...where,
      filter.actor ?? null,
      kinds && text(kinds.map(({ type }) => type)),
      kinds && text(kinds.map(({ outcome }) => outcome)),
      limit + 1,
    ],
  );
  const page = cut(
    rows.map(({ index }) => Number(index)),
    limit,
  );
  if (page.end !== null) return page;
  const rest = await sql.query<{ index: string }>(
    `SELECT e.index ${candidates} OFFSET ${WINDOW - 1} LIMIT 1`,
    where,
  );
  return { ...page, end: rest.rows[0] === undefined ? null : Number(rest.rows[0].index) };
}
