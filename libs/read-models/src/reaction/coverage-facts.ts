import type { AccessFacts, CoverageFacts, GrantFacts, Level, Scope, Uuid } from '@candor/domain';
import { plain } from '../columns.js';
import type { Sql } from '../sql.js';

/** An access, and the tenant whose grants and members are to be looked at. */
export interface AccessQuestion extends Pick<AccessFacts, 'actor' | 'grant' | 'occurredAt'> {
  readonly tenant: Uuid;
}

/**
 * What is known of the grants and memberships each access is judged by, in order; two statements for the batch. The
 * views MUST have passed the accesses' positions. Across tenants: as candor_projector only.
 */
export async function coverageFacts(
  sql: Sql,
  questions: readonly AccessQuestion[],
): Promise<readonly CoverageFacts[]> {
  const grants = await loadGrants(sql, questions);
  const memberships = await loadMemberships(sql, questions);
  return questions.map(({ tenant, actor, grant, occurredAt }) => ({
    grants: grants.filter(
      (one) => one.tenant === tenant && (grant === null ? one.grantee.id === actor.id : one.grant === grant),
    ),
    wasMember: memberships.some(
      ({ tenant: of, user, since, until }) =>
        of === tenant && user === actor.id && since <= occurredAt && (until === null || occurredAt < until),
    ),
  }));
}

type KnownGrant = GrantFacts & { readonly tenant: Uuid };

interface GrantRow {
  readonly tenant_id: string;
  readonly grant_id: string;
  readonly grantee_kind: GrantFacts['grantee']['kind'];
  readonly grantee_id: string;
  readonly level: Level;
  readonly scope_kind: Scope['kind'];
  readonly scope_id: string | null;
  readonly valid_from: Date;
  readonly valid_until: Date;
  readonly revoked_at: Date | null;
}

async function loadGrants(sql: Sql, questions: readonly AccessQuestion[]): Promise<readonly KnownGrant[]> {
  const byId = distinct(questions.flatMap(({ tenant, grant }) => (grant === null ? [] : [[tenant, grant]])));
  const byGrantee = distinct(
    questions.flatMap(({ tenant, actor, grant }) => (grant === null ? [[tenant, actor.id]] : [])),
  );
  const { rows } = await sql.query<GrantRow>(
    `SELECT g.* FROM access_grants_v1.access_grant g
     JOIN unnest($1::uuid[], $2::uuid[]) AS named(tenant_id, grant_id) USING (tenant_id, grant_id)
     WHERE g.activated_at IS NOT NULL
     UNION
     SELECT g.* FROM access_grants_v1.access_grant g
     JOIN unnest($3::uuid[], $4::uuid[]) AS held(tenant_id, grantee_id) USING (tenant_id, grantee_id)
     WHERE g.activated_at IS NOT NULL`,
    [...columns(byId), ...columns(byGrantee)],
  );
  return rows.map((row) => ({
    tenant: row.tenant_id,
    grant: row.grant_id,
    grantee: { kind: row.grantee_kind, id: row.grantee_id },
    level: row.level,
    scope: { kind: row.scope_kind, id: row.scope_id },
    from: row.valid_from.toISOString(),
    until: row.valid_until.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
  }));
}

interface Membership {
  readonly tenant: string;
  readonly user: string;
  readonly since: string;
  readonly until: string | null;
}

async function loadMemberships(
  sql: Sql,
  questions: readonly AccessQuestion[],
): Promise<readonly Membership[]> {
  const users = distinct(
    questions.flatMap(({ tenant, actor }) => (actor.kind === 'user' ? [[tenant, actor.id]] : [])),
  );
  if (users.length === 0) return [];
  const { rows } = await sql.query<{ tenant_id: string; user_id: string; since: Date; until: Date | null }>(
    `SELECT m.tenant_id, m.user_id, m.since, m.until FROM account_history_v1.membership m
     JOIN unnest($1::uuid[], $2::uuid[]) AS asked(tenant_id, user_id) USING (tenant_id, user_id)`,
    columns(users),
  );
  return rows.map(({ tenant_id, user_id, since, until }) => ({
    tenant: tenant_id,
    user: user_id,
    since: since.toISOString(),
    until: until?.toISOString() ?? null,
  }));
}

type Pair = readonly string[];

function distinct(pairs: readonly Pair[]): readonly Pair[] {
  return [...new Map(pairs.map((pair) => [pair.join(' '), pair])).values()];
}

function columns(pairs: readonly Pair[]): string[] {
  return [plain(pairs.map(([first = null]) => first)), plain(pairs.map(([, second = null]) => second))];
}
