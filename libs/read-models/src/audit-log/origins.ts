import type { Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import type { LogOrigin } from '../succession.js';

/** One of a log's origins as the audit log has it: its entries are those at the places from `start` up to `end`. */
export interface OriginSpan {
  readonly succession: number;
  /** Among all entries of the log, whatever their origin. */
  readonly start: number;
  /** Without it; the present one's grows. */
  readonly end: number;
}

/** Every origin of a log, the present one last, as of this transaction; none of a log that is not there. */
export async function originSpans(sql: Sql, log: Uuid): Promise<readonly OriginSpan[]> {
  const { rows } = await sql.query<{ succession: number; start: string; end: string }>(
    `SELECT succession, start, lead(start, 1, size) OVER (ORDER BY succession) AS end FROM (
       SELECT 0 AS succession, 0::bigint AS start, size FROM audit_log_v1.log WHERE tenant_id = $1
       UNION ALL
       SELECT s.succession, s.start, l.size FROM audit_log_v1.log l
       JOIN audit_log_v1.succession s USING (tenant_id) WHERE l.tenant_id = $1) origin
     ORDER BY succession`,
    [log],
  );
  return rows.map(({ succession, start, end }) => ({ succession, start: Number(start), end: Number(end) }));
}

/** Undefined where the log has no such origin, or none yet. */
export async function originSpan(sql: Sql, { log, succession }: LogOrigin): Promise<OriginSpan | undefined> {
  return (await originSpans(sql, log)).find((one) => one.succession === succession);
}

/** Where an entry stands in its log: the same for ever. */
export interface EntryIndex {
  /** Which of the log's origins it belongs to. */
  readonly succession: number;
  /** In that origin: 0, 1, 2 … */
  readonly index: number;
}

/** Where the entry at a place among all of a log's stands. @param origins of its log */
export function inOrigin(origins: readonly OriginSpan[], place: number): EntryIndex {
  const own = origins.findLast(({ start }) => start <= place);
  return { succession: own?.succession ?? 0, index: place - (own?.start ?? 0) };
}
