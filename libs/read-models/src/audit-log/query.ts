import type { Uuid } from '@candor/domain';
import { plain } from '../columns.js';
import { BadCursor, decodeCursor, encodeCursor } from '../cursor.js';
import { pageSize } from '../page.js';
import type { Sql } from '../sql.js';
import { type EntryColumns, type StoredEntry, storedEntry } from '../stored-entry.js';
import type { AuditFilter, Order } from './filter.js';
import { type EntryIndex, inOrigin, type OriginSpan, originSpans } from './origins.js';
import { searchIndexes } from './search.js';

export interface AuditQuery {
  readonly tenant: Uuid;
  readonly filter: AuditFilter;
  readonly order: Order;
  /** `next` of the page before, of a query that is the same in tenant, filter and order. */
  readonly cursor: string | null;
  /** 1 … 1000. */
  readonly limit: number;
}

/** Says that no grant covered an access, by the entry `by`. */
export interface Flag {
  readonly by: Uuid;
  readonly missing: string;
  readonly grant: Uuid | null;
}

export interface AuditRow extends EntryIndex {
  /** Among all entries of the log, whatever their origin; where the log was never succeeded, its index. */
  readonly place: number;
  readonly stored: StoredEntry;
  readonly flagged: Flag | null;
}

export interface AuditPage {
  /** In the order asked for. May be fewer than the limit, even none, while `next` is not null: work per page is bounded. */
  readonly rows: readonly AuditRow[];
  /** Where to go on; null at the end. */
  readonly next: string | null;
  /** Entries the log had when this page was made, of all of its origins. */
  readonly size: number;
}

export const MAX_PAGE = 1000;
/** Of entries and envelopes in one page; a page ends early rather than exceed it. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/**
 * A page of one log, in the log's order, across its origins.
 * @throws BadCursor
 */
export async function queryAuditLog(sql: Sql, query: AuditQuery): Promise<AuditPage> {
  const limit = pageSize(query.limit, MAX_PAGE);
  const bound = [
    'audit-log',
    query.tenant,
    query.order,
    ...['actor', 'action', 'target', 'outcome', 'from', 'to'].map(
      (name) => query.filter[name as keyof AuditFilter] ?? null,
    ),
  ];
  const origins = await originSpans(sql, query.tenant);
  const after = query.cursor === null ? null : placeAfter(bound, query.cursor, query.order, origins);
  const found = await searchIndexes(sql, { ...query, after, limit });
  const rows = await loadRows(sql, query, found.indexes, origins);
  const last = rows.length < found.indexes.length ? (rows.at(-1)?.place ?? null) : found.end;
  return { rows, next: last === null ? null : cursorAt(bound, origins, last), size: found.size };
}

/** A cursor names its last row by origin and index: places that were lost are given again, to other entries. */
function cursorAt(bound: readonly unknown[], origins: readonly OriginSpan[], place: number): string {
  const { succession, index } = inOrigin(origins, place);
  return encodeCursor(bound, succession === 0 ? [index] : [succession, index]);
}

/** Where a page ended, by its cursor; what is lost since of an origin that ended lies at its end. @throws BadCursor */
function placeAfter(
  bound: readonly unknown[],
  cursor: string,
  order: Order,
  origins: readonly OriginSpan[],
): number {
  const place = placeIn(bound, cursor);
  const [succession, index] = place.length === 1 ? [0, place[0]] : place;
  const own = origins.find((one) => one.succession === succession);
  // Of a log that is not there nothing is found.
  if (own === undefined && origins.length > 0) throw new BadCursor('the log has no such origin');
  const { start, end } = own ?? { start: 0, end: 0 };
  const isPresent = own === origins.at(-1);
  return isPresent ? start + index : Math.min(start + index, order === 'newest' ? end : end - 1);
}

function placeIn(bound: readonly unknown[], cursor: string) {
  try {
    return decodeCursor(bound, cursor, ['index']);
  } catch (error) {
    if (!(error instanceof BadCursor)) throw error;
    return decodeCursor(bound, cursor, ['index', 'index']);
  }
}

/** One entry by its event's id; undefined when this log has none. */
export async function findEntry(
  sql: Sql,
  tenant: Uuid,
  id: Uuid,
): Promise<{ readonly row: AuditRow; readonly size: number } | undefined> {
  const { rows } = await sql.query<Columns & { size: string }>(
    `SELECT ${COLUMNS}, l.size
     FROM audit_log_v1.entry e
     JOIN audit_log_v1.log l ON l.tenant_id = e.tenant_id
     LEFT JOIN audit_log_v1.flag f ON f.tenant_id = e.tenant_id AND f.access = e.event_id
     WHERE e.tenant_id = $1 AND e.event_id = $2`,
    [tenant, id],
  );
  return rows[0] && { row: auditRow(rows[0], await originSpans(sql, tenant)), size: Number(rows[0].size) };
}

/** Entries of the log, of all of its origins, as of this transaction; 0 for a log that is not there. */
export async function logSize(sql: Sql, tenant: Uuid): Promise<number> {
  const { rows } = await sql.query<{ size: string }>(
    'SELECT size FROM audit_log_v1.log WHERE tenant_id = $1',
    [tenant],
  );
  return Number(rows[0]?.size ?? 0);
}

const COLUMNS = `e.index, e.event_id, e.type, e.entry, e.metadata,
  f.event_id AS flag_by, f.missing AS flag_missing, f.grant_id AS flag_grant`;

interface Columns extends EntryColumns {
  readonly index: string;
  readonly flag_by: string | null;
  readonly flag_missing: string | null;
  readonly flag_grant: string | null;
}

async function loadRows(
  sql: Sql,
  { tenant, order }: Pick<AuditQuery, 'tenant' | 'order'>,
  indexes: readonly number[],
  origins: readonly OriginSpan[],
): Promise<AuditRow[]> {
  if (indexes.length === 0) return [];
  const direction = order === 'newest' ? 'DESC' : 'ASC';
  const { rows } = await sql.query<Columns>(
    `SELECT * FROM (
       SELECT ${COLUMNS},
         sum(octet_length(e.entry) + octet_length(e.metadata)) OVER w AS bytes, row_number() OVER w AS place
       FROM audit_log_v1.entry e
       LEFT JOIN audit_log_v1.flag f ON f.tenant_id = e.tenant_id AND f.access = e.event_id
       WHERE e.tenant_id = $1 AND e.index = ANY($2::bigint[])
       WINDOW w AS (ORDER BY e.index ${direction})
     ) page
     WHERE bytes <= $3 OR place = 1
     ORDER BY index ${direction}`,
    [tenant, plain(indexes), MAX_PAGE_BYTES],
  );
  return rows.map((row) => auditRow(row, origins));
}

function auditRow(row: Columns, origins: readonly OriginSpan[]): AuditRow {
  const place = Number(row.index);
  return {
    place,
    ...inOrigin(origins, place),
    stored: storedEntry(row),
    flagged:
      row.flag_by === null
        ? null
        : { by: row.flag_by, missing: row.flag_missing ?? '', grant: row.flag_grant },
  };
}
