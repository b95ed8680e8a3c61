import type { AccessFacts, CoverageFacts, GrantFacts, Level, Scope, Uuid } from '@candor/domain';
import { plain } from '../columns.js';
import type { Sql } from '../sql.js';

/** An access, and the tenant whose grants and members are to be looked at. */
export interface AccessQuestion extends Pick<AccessFacts, 'actor' | 'grant' | 'occurredAt'> {
  readonly tenant: Uuid;
  /** Of the event that recorded it. */
  readonly position: bigint;
}

/**
 * What the log said of the grants and memberships each access is judged by, before it recorded the access: the same
 * whenever it is asked. In order; two statements for the batch. The views MUST have passed the accesses' positions.
 * Across tenants: as candor_projector only.
 */
export async function coverageFacts(
  sql: Sql,
  questions: readonly AccessQuestion[],
): Promise<readonly CoverageFacts[]> {
  const grants = await loadGrants(sql, questions);
  const memberships = await loadMemberships(sql, questions);
  return questions.map((question) => ({
    grants: grants
      .filter((grant) => isAbout(grant, question))
      .map((grant) => asKnown(grant, question.position)),
    wasMember: memberships.some((membership) => isWithin(membership, question)),
  }));
}

function isAbout(known: KnownGrant, { tenant, actor, grant, position }: AccessQuestion): boolean {
  const wanted = grant === null ? known.grantee.id === actor.id : known.grant === grant;
  return wanted && known.tenant === tenant && known.activatedPosition < position;
}

/** A revocation that was recorded later is not yet known. */
function asKnown(grant: KnownGrant, position: bigint): GrantFacts {
  const known = grant.revokedPosition !== null && grant.revokedPosition < position;
  return known ? grant : { ...grant, revokedAt: null };
}

function isWithin(membership: Membership, { tenant, actor, occurredAt, position }: AccessQuestion): boolean {
  const { since, until, sincePosition, untilPosition } = membership;
  if (membership.tenant !== tenant || membership.user !== actor.id) return false;
  if (sincePosition >= position || occurredAt < since) return false;
  const ended = untilPosition !== null && untilPosition < position;
  return !ended || until === null || occurredAt < until;
}

type KnownGrant = GrantFacts & {
  readonly tenant: Uuid;
  readonly activatedPosition: bigint;
  readonly revokedPosition: bigint | null;
};

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
  readonly activated_position: string;
  readonly revoked_position: string | null;
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
    activatedPosition: BigInt(row.activated_position),
    revokedPosition: row.revoked_position === null ? null : BigInt(row.revoked_position),
  }));
}

interface Membership {
  readonly tenant: string;
  readonly user: string;
  readonly since: string;
  readonly until: string | null;
  readonly sincePosition: bigint;
  readonly untilPosition: bigint | null;
}

async function loadMemberships(
  sql: Sql,
  questions: readonly AccessQuestion[],
): Promise<readonly Membership[]> {
  const users = distinct(
    questions.flatMap(({ tenant, actor }) => (actor.kind === 'user' ? [[tenant, actor.id]] : [])),
  );
  if (users.length === 0) return [];
  const { rows } = await sql.query<MembershipRow>(
    `SELECT m.* FROM account_history_v1.membership m
     JOIN unnest($1::uuid[], $2::uuid[]) AS asked(tenant_id, user_id) USING (tenant_id, user_id)`,
    columns(users),
  );
  return rows.map((row) => ({
    tenant: row.tenant_id,
    user: row.user_id,
    since: row.since.toISOString(),
    until: row.until?.toISOString() ?? null,
    sincePosition: BigInt(row.since_position),
    untilPosition: row.until_position === null ? null : BigInt(row.until_position),
  }));
}

interface MembershipRow {
  readonly tenant_id: string;
  readonly user_id: string;
  readonly since: Date;
  readonly until: Date | null;
  readonly since_position: string;
  readonly until_position: string | null;
}

type Pair = readonly string[];

function distinct(pairs: readonly Pair[]): readonly Pair[] {
  return [...new Map(pairs.map((pair) => [pair.join(' '), pair])).values()];
}

function columns(pairs: readonly Pair[]): string[] {
  return [plain(pairs.map(([first = null]) => first)), plain(pairs.map(([, second = null]) => second))];
}
