import type { Timestamp, Uuid } from '@candor/domain';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { pageSize } from '../page.js';
import type { Sql } from '../sql.js';
import { type EntryColumns, type StoredEntry, storedEntry } from '../stored-entry.js';
import { currentSuccession } from '../verifiable-log/query.js';

export const MAX_HISTORY_PAGE = 1000;
export const MAX_TENANT_PAGE = 200;
/** Members shown of one tenant. */
export const MAX_MEMBERS = 10_000;

export interface Tenant {
  readonly tenant: Uuid;
  readonly slot: number;
  readonly operator: string;
  readonly role: string;
  readonly dataRegion: string;
  readonly country: string;
  readonly registeredAt: Timestamp;
  /** `tenant.registered`, or the newest `tenant.profile-changed`: names and contact are sealed in its body. */
  readonly profile: StoredEntry;
}

export interface TenantPage {
  readonly tenants: readonly Tenant[];
  readonly next: string | null;
}

export interface Member {
  readonly user: Uuid;
  readonly role: string;
  readonly active: boolean;
  readonly since: Timestamp;
  /** When a membership that is over ended. */
  readonly ended: Timestamp | null;
  /** The newest `tenant.member-invited`: address and name are sealed in its body. */
  readonly invitation: StoredEntry;
}

export interface HistoryPage {
  readonly rows: readonly StoredEntry[];
  readonly next: string | null;
  /** Events of this tenant's history when the page was made. */
  readonly size: number;
}

interface TenantRow extends EntryColumns {
  readonly tenant_id: string;
  readonly slot: string;
  readonly operator: string;
  readonly role: string;
  readonly data_region: string;
  readonly country: string;
  readonly registered_at: Date;
}

/**
 * All tenants by the time of their registration, the oldest first. Under the platform's scope; under a tenant's, itself.
 * @throws BadCursor
 */
export async function listTenants(
  sql: Sql,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<TenantPage> {
  const size = pageSize(limit, MAX_TENANT_PAGE);
  const [time, tenant] = cursor === null ? [null, null] : decodeCursor(['tenants'], cursor, ['time', 'uuid']);
  const { rows } = await sql.query<TenantRow>(
    `SELECT * FROM account_history_v1.tenant
     WHERE $1::text IS NULL OR (registered_at, tenant_id) > ($1::text::timestamptz, $2::text::uuid)
     ORDER BY registered_at, tenant_id LIMIT $3`,
    [time, tenant, size + 1],
  );
  const page = rows.slice(0, size);
  const last = page.at(-1);
  return {
    tenants: page.map(tenantOf),
    next:
      rows.length > size && last !== undefined
        ? encodeCursor(['tenants'], [last.registered_at.toISOString(), last.tenant_id])
        : null,
  };
}

/** Undefined for a tenant that is not there. */
export async function findTenant(sql: Sql, tenant: Uuid): Promise<Tenant | undefined> {
  const { rows } = await sql.query<TenantRow>(
    'SELECT * FROM account_history_v1.tenant WHERE tenant_id = $1',
    [tenant],
  );
  return rows[0] && tenantOf(rows[0]);
}

interface MemberRow extends EntryColumns {
  readonly user_id: string;
  readonly role: string;
  readonly active: boolean;
  readonly since: Date;
  readonly ended: Date | null;
}

/** Present and former members, by the time of their newest invitation. */
export async function listMembers(sql: Sql, tenant: Uuid): Promise<readonly Member[]> {
  const { rows } = await sql.query<MemberRow>(
    `SELECT * FROM account_history_v1.member WHERE tenant_id = $1 ORDER BY since, user_id LIMIT ${MAX_MEMBERS}`,
    [tenant],
  );
  return rows.map((row) => ({
    user: row.user_id,
    role: row.role,
    active: row.active,
    since: row.since.toISOString(),
    ended: row.ended?.toISOString() ?? null,
    invitation: storedEntry(row),
  }));
}

export interface HistoryQuery {
  readonly tenant: Uuid;
  readonly order: 'newest' | 'oldest';
  readonly cursor: string | null;
  /** 1 … 1000. */
  readonly limit: number;
}

/**
 * What happened to one account, in the order of the log.
 * @throws BadCursor
 */
export async function queryHistory(
  sql: Sql,
  { tenant, order, cursor, limit }: HistoryQuery,
): Promise<HistoryPage> {
  const count = pageSize(limit, MAX_HISTORY_PAGE);
  // Places that were lost are given again, to other entries: a cursor holds until the log is succeeded.
  const succession = await currentSuccession(sql, tenant);
  const bound = ['history', tenant, order, ...(succession === 0 ? [] : [succession])];
  const after = cursor === null ? null : decodeCursor(bound, cursor, ['index'])[0];
  const newest = order === 'newest';
  const [{ rows: heads }, { rows }] = [
    await sql.query<{ size: string }>('SELECT size FROM account_history_v1.log WHERE tenant_id = $1', [
      tenant,
    ]),
    await sql.query<EntryColumns & { index: string }>(
      `SELECT * FROM account_history_v1.event
       WHERE tenant_id = $1 AND ($2::bigint IS NULL OR index ${newest ? '<' : '>'} $2)
       ORDER BY index ${newest ? 'DESC' : 'ASC'} LIMIT $3`,
      [tenant, after, count + 1],
    ),
  ];
  const page = rows.slice(0, count);
  const last = page.at(-1);
  return {
    rows: page.map(storedEntry),
    next: rows.length > count && last !== undefined ? encodeCursor(bound, [Number(last.index)]) : null,
    size: Number(heads[0]?.size ?? 0),
  };
}

function tenantOf(row: TenantRow): Tenant {
  return {
    tenant: row.tenant_id,
    slot: Number(row.slot),
    operator: row.operator,
    role: row.role,
    dataRegion: row.data_region,
    country: row.country,
    registeredAt: row.registered_at.toISOString(),
    profile: storedEntry(row),
  };
}
