import type { ActorKind, Level, Scope as GrantScope, Timestamp, Uuid } from '@candor/domain';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { pageSize } from '../page.js';
import type { Sql } from '../sql.js';
import { type EntryColumns, type StoredEntry, storedEntry } from '../stored-entry.js';

/** How a grant stands at a time. `scheduled`: activated, and its time has not come. */
export type GrantState = 'requested' | 'scheduled' | 'active' | 'revoked' | 'expired';

export interface Grant {
  readonly grant: Uuid;
  readonly grantee: { readonly kind: ActorKind; readonly id: Uuid };
  readonly level: Level;
  readonly scope: GrantScope;
  /** Inclusive. */
  readonly from: Timestamp;
  /** Exclusive. */
  readonly until: Timestamp;
  readonly requestedAt: Timestamp;
  readonly tenantApprovedAt: Timestamp | null;
  readonly operatorApprovedAt: Timestamp | null;
  readonly activatedAt: Timestamp | null;
  readonly revokedAt: Timestamp | null;
  /** When the last permit given before the revocation ends. */
  readonly lastUseBy: Timestamp | null;
  readonly state: GrantState;
  /** `access.grant-requested`: the grantee's name and the statement are sealed in its body. */
  readonly request: StoredEntry;
}

export interface GrantQuery {
  readonly tenant: Uuid;
  /** Only grants that stand so at `at`. */
  readonly state?: GrantState | null;
  readonly grantee?: Uuid | null;
  /** The time asked about. Grants asked for later are left out. */
  readonly at: Timestamp;
  readonly cursor: string | null;
  /** 1 … 1000. */
  readonly limit: number;
}

export interface GrantPage {
  /** The newest request first. May be fewer than the limit while `next` is not null: work per page is bounded. */
  readonly grants: readonly Grant[];
  readonly next: string | null;
}

export const MAX_GRANT_PAGE = 1000;
/** Grants looked at for one page when only some states are asked for. */
const WINDOW = 5_000;

interface Row extends EntryColumns {
  readonly grant_id: string;
  readonly grantee_kind: ActorKind;
  readonly grantee_id: string;
  readonly level: Level;
  readonly scope_kind: GrantScope['kind'];
  readonly scope_id: string | null;
  readonly valid_from: Date;
  readonly valid_until: Date;
  readonly requested_at: Date;
  readonly tenant_approved_at: Date | null;
  readonly operator_approved_at: Date | null;
  readonly activated_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_use_by: Date | null;
}

/** What came first, counts: a revocation after the end changes nothing. */
const STATE = `CASE
  WHEN g.revoked_at <= $2 AND g.revoked_at < g.valid_until THEN 'revoked'
  WHEN g.valid_until <= $2 THEN 'expired'
  WHEN g.activated_at IS NULL OR g.activated_at > $2 THEN 'requested'
  WHEN g.valid_from > $2 THEN 'scheduled'
  ELSE 'active' END`;

/**
 * Grants of a tenant as they stood at a time.
 * @throws BadCursor
 */
export async function queryGrants(sql: Sql, query: GrantQuery): Promise<GrantPage> {
  const size = pageSize(query.limit, MAX_GRANT_PAGE);
  const { tenant, at, state = null, grantee = null } = query;
  const bound = ['grants', tenant, state, grantee];
  const [time, grant] =
    query.cursor === null ? [null, null] : decodeCursor(bound, query.cursor, ['time', 'uuid']);
  const { rows } = await sql.query<Row & { state: GrantState; place: string }>(
    `SELECT * FROM (
       SELECT g.*, ${STATE} AS state, row_number() OVER () AS place
       FROM (
         SELECT * FROM access_grants_v1.access_grant
         WHERE tenant_id = $1 AND requested_at <= $2 AND ($3::uuid IS NULL OR grantee_id = $3)
           AND ($4::text IS NULL OR (requested_at, grant_id) < ($4::text::timestamptz, $5::text::uuid))
         ORDER BY requested_at DESC, grant_id DESC LIMIT ${WINDOW}
       ) g
     ) found
     WHERE $6::text IS NULL OR state = $6 OR place = ${WINDOW}
     ORDER BY place LIMIT $7`,
    [tenant, at, grantee, time, grant, state, size + 1],
  );
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const more = rows.length > size || Number(last?.place) === WINDOW;
  return {
    grants: page.filter((row) => state === null || row.state === state).map(grantOf),
    next:
      more && last !== undefined
        ? encodeCursor(bound, [last.requested_at.toISOString(), last.grant_id])
        : null,
  };
}

/** One grant as it stood at a time; undefined when the tenant has none of this id. */
export async function findGrant(
  sql: Sql,
  tenant: Uuid,
  grant: Uuid,
  at: Timestamp,
): Promise<Grant | undefined> {
  const { rows } = await sql.query<Row & { state: GrantState }>(
    `SELECT g.*, ${STATE} AS state FROM access_grants_v1.access_grant g WHERE g.tenant_id = $1 AND g.grant_id = $3`,
    [tenant, at, grant],
  );
  return rows[0] && grantOf(rows[0]);
}

function grantOf(row: Row & { readonly state: GrantState }): Grant {
  return {
    grant: row.grant_id,
    grantee: { kind: row.grantee_kind, id: row.grantee_id },
    level: row.level,
    scope: { kind: row.scope_kind, id: row.scope_id },
    from: row.valid_from.toISOString(),
    until: row.valid_until.toISOString(),
    requestedAt: row.requested_at.toISOString(),
    tenantApprovedAt: time(row.tenant_approved_at),
    operatorApprovedAt: time(row.operator_approved_at),
    activatedAt: time(row.activated_at),
    revokedAt: time(row.revoked_at),
    lastUseBy: time(row.last_use_by),
    state: row.state,
    request: storedEntry(row),
  };
}

const time = (date: Date | null): Timestamp | null => date?.toISOString() ?? null;
