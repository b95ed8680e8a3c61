import type { GrantEvent } from '@candor/domain';
import { ByteColumn, plain, text } from '../columns.js';
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

/** What a batch says of one grant; null where it says nothing. */
interface Change {
  readonly tenant: string;
  readonly grant: string;
  granteeKind: string | null;
  granteeId: string | null;
  level: string | null;
  scopeKind: string | null;
  scopeId: string | null;
  from: string | null;
  until: string | null;
  requestedAt: string | null;
  operatorApprovedAt: string | null;
  tenantApprovedAt: string | null;
  activatedAt: string | null;
  activation: string | null;
  revokedAt: string | null;
  lastUseBy: string | null;
  expiredAt: string | null;
  request: BatchEvent | null;
}

const nothing = {
  ...{
    granteeKind: null,
    granteeId: null,
    level: null,
    scopeKind: null,
    scopeId: null,
    from: null,
    until: null,
  },
  ...{
    requestedAt: null,
    operatorApprovedAt: null,
    tenantApprovedAt: null,
    activatedAt: null,
    activation: null,
  },
  ...{ revokedAt: null, lastUseBy: null, expiredAt: null, request: null },
} as const;

function fold(events: readonly BatchEvent[]): readonly Change[] {
  const changes = new Map<string, Change>();
  for (const event of events) {
    const fact = known(event).event as GrantEvent;
    const tenant = event.entry.json.log ?? '';
    const key = `${tenant} ${fact.body.grant}`;
    const change: Change = changes.get(key) ?? { tenant, grant: fact.body.grant, ...nothing };
    changes.set(key, change);
    Object.assign(change, stated(fact, event));
  }
  return [...changes.values()];
}

function stated(fact: GrantEvent, event: BatchEvent): Partial<Change> {
  const at = event.entry.json.occurredAt;
  switch (fact.type) {
    case 'access.grant-requested':
      return { ...terms(fact.body), requestedAt: at, request: event };
    case 'access.grant-approved':
      return fact.body.side === 'tenant' ? { tenantApprovedAt: at } : { operatorApprovedAt: at };
    case 'access.grant-activated':
      return { ...terms(fact.body), activatedAt: at, activation: event.stored.id };
    case 'access.grant-revoked':
      return { revokedAt: at, lastUseBy: fact.body.lastUseBy };
    case 'access.grant-expired':
      return { expiredAt: at };
  }
}

type Terms = (GrantEvent & { readonly type: 'access.grant-activated' })['body'];

function terms({ grantee, level, scope, from, until }: Omit<Terms, 'grant'>): Partial<Change> {
  return {
    ...{ granteeKind: grantee.kind, granteeId: grantee.id, level, scopeKind: scope.kind, scopeId: scope.id },
    ...{ from, until },
  };
}

const COLUMNS = [
  ...[
    'grantee_kind',
    'grantee_id',
    'level',
    'scope_kind',
    'scope_id',
    'valid_from',
    'valid_until',
    'requested_at',
  ],
  ...[
    'operator_approved_at',
    'tenant_approved_at',
    'activated_at',
    'activation',
    'revoked_at',
    'last_use_by',
  ],
  ...['expired_at', 'event_id', 'type', 'entry', 'metadata'],
];

async function upsert(schema: string, changes: readonly Change[], sql: Sql): Promise<void> {
  const bytes = new ByteColumn();
  for (const { request } of changes)
    if (request === null) bytes.add();
    else bytes.add(request.stored.data, request.stored.metadata);
  const column = (value: (change: Change) => string | null) => plain(changes.map(value));
  await sql.query(
    `INSERT INTO ${schema}.access_grant AS g (tenant_id, grant_id, ${COLUMNS.join(', ')})
     SELECT r.tenant_id, r.grant_id, r.grantee_kind, r.grantee_id, r.level, r.scope_kind, r.scope_id, r.valid_from,
       r.valid_until, r.requested_at, r.operator_approved_at, r.tenant_approved_at, r.activated_at, r.activation,
       r.revoked_at, r.last_use_by, r.expired_at, r.event_id, r.type,
       CASE WHEN r.total > 0 THEN substring($1::bytea from r.start for r.size) END,
       CASE WHEN r.total > 0 THEN substring($1::bytea from r.start + r.size for r.total - r.size) END
     FROM unnest($2::int[], $3::int[], $4::int[], $5::uuid[], $6::uuid[], $7::text[], $8::uuid[], $9::text[],
       $10::text[], $11::uuid[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
       $16::timestamptz[], $17::timestamptz[], $18::uuid[], $19::timestamptz[], $20::timestamptz[],
       $21::timestamptz[], $22::uuid[], $23::text[])
       AS r(start, total, size, tenant_id, grant_id, grantee_kind, grantee_id, level, scope_kind, scope_id,
         valid_from, valid_until, requested_at, operator_approved_at, tenant_approved_at, activated_at, activation,
         revoked_at, last_use_by, expired_at, event_id, type)
     ON CONFLICT (tenant_id, grant_id) DO UPDATE SET
       ${COLUMNS.map((name) => `${name} = COALESCE(excluded.${name}, g.${name})`).join(', ')}`,
    [
      bytes.bytes,
      bytes.offsets,
      bytes.lengths,
      plain(changes.map(({ request }) => request?.stored.data.length ?? 0)),
      column(({ tenant }) => tenant),
      column(({ grant }) => grant),
      column(({ granteeKind }) => granteeKind),
      column(({ granteeId }) => granteeId),
      column(({ level }) => level),
      column(({ scopeKind }) => scopeKind),
      column(({ scopeId }) => scopeId),
      column(({ from }) => from),
      column(({ until }) => until),
      column(({ requestedAt }) => requestedAt),
      column(({ operatorApprovedAt }) => operatorApprovedAt),
      column(({ tenantApprovedAt }) => tenantApprovedAt),
      column(({ activatedAt }) => activatedAt),
      column(({ activation }) => activation),
      column(({ revokedAt }) => revokedAt),
      column(({ lastUseBy }) => lastUseBy),
      column(({ expiredAt }) => expiredAt),
      column(({ request }) => request?.stored.id ?? null),
      text(changes.map(({ request }) => request?.stored.type ?? null)),
    ],
  );
}
