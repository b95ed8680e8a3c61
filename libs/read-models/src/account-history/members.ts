import type { MemberEvent } from '@candor/domain';
import { plain } from '../columns.js';
import type { Sql } from '../sql.js';
import type { AccountEvent, AccountEventOf } from './account-event.js';
import { sealedColumns } from './tenants.js';

type MemberFact = AccountEventOf<MemberEvent>;

/** One end of a membership. */
interface End {
  readonly at: string;
  readonly position: bigint;
}

/** What a batch says of one user of one tenant. */
interface Change {
  readonly tenant: string;
  readonly user: string;
  role: string;
  active: boolean;
  ended: string | null;
  /** The last invitation of the batch. */
  invitation: MemberFact | null;
  /** How the membership that was open before the batch ended. */
  closed: End | null;
  /** Memberships that began in the batch. */
  readonly begun: { readonly event: string; readonly since: End; until: End | null }[];
}

const isMemberFact = (event: AccountEvent): event is MemberFact =>
  event.fact.type.startsWith('tenant.member-');

/** Roles as they are now, and the periods of membership. */
export async function writeMembers(schema: string, events: readonly AccountEvent[], sql: Sql): Promise<void> {
  const changes = fold(events.filter(isMemberFact));
  if (changes.length === 0) return;
  await insertInvited(schema, changes, sql);
  await updateMembers(schema, changes, sql);
  await closeMemberships(schema, changes, sql);
  await insertMemberships(schema, changes, sql);
}

function fold(events: readonly MemberFact[]): readonly Change[] {
  const changes = new Map<string, Change>();
  for (const event of events) {
    const { user } = event.fact.body;
    const key = `${event.tenant} ${user}`;
    const before = changes.get(key) ?? {
      tenant: event.tenant,
      user,
      role: '',
      active: true,
      ended: null,
      invitation: null,
      closed: null,
      begun: [],
    };
    changes.set(key, before);
    apply(before, event);
  }
  return [...changes.values()];
}

function apply(change: Change, member: MemberFact): void {
  const { fact, event } = member;
  const end: End = { at: event.entry.json.occurredAt, position: event.position };
  switch (fact.type) {
    case 'tenant.member-invited':
      Object.assign(change, { role: fact.body.role, active: true, ended: null, invitation: member });
      change.begun.push({ event: event.stored.id, since: end, until: null });
      return;
    case 'tenant.member-role-changed':
      Object.assign(change, { role: fact.body.to, active: true });
      return;
    case 'tenant.member-deactivated': {
      Object.assign(change, { role: fact.body.role, active: false, ended: end.at });
      const open = change.begun.at(-1);
      if (open === undefined) change.closed = end;
      else open.until = end;
    }
  }
}

async function insertInvited(schema: string, changes: readonly Change[], sql: Sql): Promise<void> {
  const invited = changes.flatMap(({ invitation }) => invitation ?? []);
  if (invited.length === 0) return;
  const [bytes, starts, totals, sizes] = sealedColumns(invited);
  await sql.query(
    `INSERT INTO ${schema}.member (tenant_id, user_id, role, active, since, event_id, type, entry, metadata)
     SELECT r.tenant_id, r.user_id, '', true, r.since, r.event_id, 'tenant.member-invited',
       substring($1::bytea from r.start for r.size),
       substring($1::bytea from r.start + r.size for r.total - r.size)
     FROM unnest($2::int[], $3::int[], $4::int[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::uuid[])
       AS r(start, total, size, tenant_id, user_id, since, event_id)
     ON CONFLICT (tenant_id, user_id) DO UPDATE SET since = excluded.since, event_id = excluded.event_id,
       entry = excluded.entry, metadata = excluded.metadata`,
    [
      bytes,
      starts,
      totals,
      sizes,
      plain(invited.map(({ tenant }) => tenant)),
      plain(invited.map(({ fact }) => fact.body.user)),
      plain(invited.map(({ event }) => event.entry.json.occurredAt)),
      plain(invited.map(({ event }) => event.stored.id)),
    ],
  );
}

async function updateMembers(schema: string, changes: readonly Change[], sql: Sql): Promise<void> {
  await sql.query(
    `UPDATE ${schema}.member m SET role = r.role, active = r.active, ended = r.ended
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::timestamptz[])
       AS r(tenant_id, user_id, role, active, ended)
     WHERE m.tenant_id = r.tenant_id AND m.user_id = r.user_id`,
    [
      plain(changes.map(({ tenant }) => tenant)),
      plain(changes.map(({ user }) => user)),
      plain(changes.map(({ role }) => role)),
      plain(changes.map(({ active }) => active)),
      plain(changes.map(({ ended }) => ended)),
    ],
  );
}

async function closeMemberships(schema: string, changes: readonly Change[], sql: Sql): Promise<void> {
  const closed = changes.filter((change) => change.closed !== null);
  if (closed.length === 0) return;
  await sql.query(
    `UPDATE ${schema}.membership m SET until = r.until, until_position = r.position
     FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[]) AS r(tenant_id, user_id, until, position)
     WHERE m.tenant_id = r.tenant_id AND m.user_id = r.user_id AND m.until IS NULL`,
    [
      plain(closed.map(({ tenant }) => tenant)),
      plain(closed.map(({ user }) => user)),
      plain(closed.map((change) => change.closed?.at ?? null)),
      plain(closed.map((change) => change.closed?.position ?? null)),
    ],
  );
}

async function insertMemberships(schema: string, changes: readonly Change[], sql: Sql): Promise<void> {
  const begun = changes.flatMap(({ tenant, user, begun: periods }) =>
    periods.map((period) => ({ tenant, user, ...period })),
  );
  if (begun.length === 0) return;
  await sql.query(
    `INSERT INTO ${schema}.membership (tenant_id, user_id, event_id, since, until, since_position, until_position)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::bigint[],
       $7::bigint[])`,
    [
      plain(begun.map(({ tenant }) => tenant)),
      plain(begun.map(({ user }) => user)),
      plain(begun.map(({ event }) => event)),
      plain(begun.map(({ since }) => since.at)),
      plain(begun.map(({ until }) => until?.at ?? null)),
      plain(begun.map(({ since }) => since.position)),
      plain(begun.map(({ until }) => until?.position ?? null)),
    ],
  );
}
