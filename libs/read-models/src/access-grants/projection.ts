import type { GrantEvent } from '@candor/domain';
import { ByteColumn, plain } from '../columns.js';
import { known } from '../known.js';
import type { BatchEvent, Projection } from '../projection.js';
import type { Sql } from '../sql.js';

/** Grants, current and past. An event only sets what it states, so that one that comes twice changes nothing. */
export function accessGrants(schema = 'access_grants_v1'): Projection {
  return {
    name: schema,
    concerns: ({ stored }) => stored.type.startsWith('access.') && !REPORTED.has(stored.type),
    apply: (events, sql) => upsert(schema, fold(events), sql),
  };
}

/** Of the same context, but about reported accesses. What is neither these nor known stops the view. */
const REPORTED: ReadonlySet<string> = new Set([
  'access.data-accessed',
  'access.conflict-detected',
  'access.uncovered-detected',
]);

/** What events state of a grant, by column; none of these values needs quoting. */
const COLUMNS = {
  grantee_kind: 'text',
  grantee_id: 'uuid',
  level: 'text',
  scope_kind: 'text',
  scope_id: 'uuid',
  valid_from: 'timestamptz',
  valid_until: 'timestamptz',
  requested_at: 'timestamptz',
  operator_approved_at: 'timestamptz',
  tenant_approved_at: 'timestamptz',
  activated_at: 'timestamptz',
  activated_position: 'bigint',
  activation: 'uuid',
  revoked_at: 'timestamptz',
  revoked_position: 'bigint',
  last_use_by: 'timestamptz',
  expired_at: 'timestamptz',
  event_id: 'uuid',
  type: 'text',
} as const;
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

type Stated = Partial<Record<keyof typeof COLUMNS, string | bigint | null>>;

/** What a batch says of one grant. */
interface Change {
  readonly tenant: string;
  readonly grant: string;
  readonly stated: Stated;
  request: BatchEvent | null;
}

function fold(events: readonly BatchEvent[]): readonly Change[] {
  const changes = new Map<string, Change>();
  for (const event of events) {
    const fact = known(event).event as GrantEvent;
    const tenant = event.entry.json.log ?? '';
    const { grant } = fact.body;
    const key = `${tenant} ${grant}`;
    const change: Change = changes.get(key) ?? { tenant, grant, stated: {}, request: null };
    changes.set(key, change);
    Object.assign(change.stated, statedBy(fact, event));
    if (fact.type === 'access.grant-requested') change.request = event;
  }
  return [...changes.values()];
}

function statedBy(fact: GrantEvent, { stored, entry, position }: BatchEvent): Stated {
  const at = entry.json.occurredAt;
  switch (fact.type) {
    case 'access.grant-requested':
      return { ...terms(fact.body), requested_at: at, event_id: stored.id, type: stored.type };
    case 'access.grant-approved':
      return fact.body.side === 'tenant' ? { tenant_approved_at: at } : { operator_approved_at: at };
    case 'access.grant-activated':
      return { ...terms(fact.body), activated_at: at, activated_position: position, activation: stored.id };
    case 'access.grant-revoked':
      return { revoked_at: at, revoked_position: position, last_use_by: fact.body.lastUseBy };
    case 'access.grant-expired':
      return { expired_at: at };
  }
}

type Terms = (GrantEvent & { readonly type: 'access.grant-activated' })['body'];

function terms({ grantee, level, scope, from, until }: Omit<Terms, 'grant'>): Stated {
  return {
    grantee_kind: grantee.kind,
    grantee_id: grantee.id,
    level,
    scope_kind: scope.kind,
    scope_id: scope.id,
    valid_from: from,
    valid_until: until,
  };
}

async function upsert(schema: string, changes: readonly Change[], sql: Sql): Promise<void> {
  const bytes = new ByteColumn();
  for (const { request } of changes)
    bytes.add(...(request === null ? [] : [request.stored.data, request.stored.metadata]));
  const types = NAMES.map((name, n) => `$${n + 7}::${COLUMNS[name]}[]`);
  const all = [...NAMES, 'entry', 'metadata'];
  await sql.query(
    `INSERT INTO ${schema}.access_grant AS g (tenant_id, grant_id, ${all.join(', ')})
     SELECT r.tenant_id, r.grant_id, ${NAMES.map((name) => `r.${name}`).join(', ')},
       CASE WHEN r.total > 0 THEN substring($1::bytea from r.start for r.size) END,
       CASE WHEN r.total > 0 THEN substring($1::bytea from r.start + r.size for r.total - r.size) END
     FROM unnest($2::int[], $3::int[], $4::int[], $5::uuid[], $6::uuid[], ${types.join(', ')})
       AS r(start, total, size, tenant_id, grant_id, ${NAMES.join(', ')})
     ON CONFLICT (tenant_id, grant_id) DO UPDATE SET
       ${all.map((name) => `${name} = COALESCE(excluded.${name}, g.${name})`).join(', ')}`,
    [
      bytes.bytes,
      bytes.offsets,
      bytes.lengths,
      plain(changes.map(({ request }) => request?.stored.data.length ?? 0)),
      plain(changes.map(({ tenant }) => tenant)),
      plain(changes.map(({ grant }) => grant)),
      ...NAMES.map((name) => plain(changes.map(({ stated }) => stated[name] ?? null))),
    ],
  );
}
