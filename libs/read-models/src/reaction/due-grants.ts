import type { Timestamp, Uuid } from '@candor/domain';
import { plain } from '../columns.js';
import type { Sql } from '../sql.js';

/** A grant whose time is over and of which the log does not say so yet. */
export interface DueGrant {
  readonly tenant: Uuid;
  readonly grant: Uuid;
  /** The event that activated it. */
  readonly activation: Uuid;
}

export interface DueQuery {
  readonly now: Timestamp;
  readonly limit: number;
  /** Activations of grants that are left out. */
  readonly without?: readonly Uuid[];
}

/**
 * Grants that ended by `now`, the longest over first, without those the reactor has dealt with. Across tenants: as
 * candor_projector only.
 */
export async function dueGrants(
  sql: Sql,
  reactor: string,
  { now, limit, without = [] }: DueQuery,
): Promise<readonly DueGrant[]> {
  const { rows } = await sql.query<{ tenant_id: string; grant_id: string; activation: string }>(
    `SELECT g.tenant_id, g.grant_id, g.activation FROM access_grants_v1.access_grant g
     WHERE g.valid_until <= $1 AND g.activated_at IS NOT NULL AND g.revoked_at IS NULL AND g.expired_at IS NULL
       AND g.activation <> ALL($4::uuid[])
       AND NOT EXISTS (SELECT FROM reaction.outbox o WHERE o.reactor = $2 AND o.event_id = g.activation)
     ORDER BY g.valid_until LIMIT $3`,
    [now, reactor, limit, plain(without)],
  );
  return rows.map(({ tenant_id, grant_id, activation }) => ({
    tenant: tenant_id,
    grant: grant_id,
    activation,
  }));
}
