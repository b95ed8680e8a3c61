import type { TenantProfileChanged, TenantRegistered } from '@candor/domain';
import { ByteColumn, plain, text } from '../columns.js';
import type { Sql } from '../sql.js';
import type { AccountEvent, AccountEventOf } from './account-event.js';

type Registered = AccountEventOf<TenantRegistered>;
type ProfileChanged = AccountEventOf<TenantProfileChanged>;

const isRegistered = (event: AccountEvent): event is Registered => event.fact.type === 'tenant.registered';
const isProfileChanged = (event: AccountEvent): event is ProfileChanged =>
  event.fact.type === 'tenant.profile-changed';

/** Registrations, then each tenant's newest profile. */
export async function writeTenants(schema: string, events: readonly AccountEvent[], sql: Sql): Promise<void> {
  const registered = events.filter(isRegistered);
  if (registered.length > 0) await insertRegistered(schema, registered, sql);
  const newest = new Map(events.filter(isProfileChanged).map((event) => [event.tenant, event]));
  if (newest.size > 0) await updateProfiles(schema, [...newest.values()], sql);
}

async function insertRegistered(schema: string, events: readonly Registered[], sql: Sql): Promise<void> {
  const bodies = events.map(({ fact }) => fact.body);
  const [bytes, starts, totals, sizes] = sealedColumns(events);
  await sql.query(
    `INSERT INTO ${schema}.tenant (tenant_id, slot, operator, role, data_region, country, registered_at, event_id,
       type, entry, metadata)
     SELECT r.tenant_id, r.slot, r.operator, r.role, r.data_region, r.country, r.registered_at, r.event_id,
       'tenant.registered',
       substring($1::bytea from r.start for r.size),
       substring($1::bytea from r.start + r.size for r.total - r.size)
     FROM unnest($2::int[], $3::int[], $4::int[], $5::uuid[], $6::bigint[], $7::text[], $8::text[], $9::text[],
       $10::text[], $11::timestamptz[], $12::uuid[])
       AS r(start, total, size, tenant_id, slot, operator, role, data_region, country, registered_at, event_id)`,
    [
      bytes,
      starts,
      totals,
      sizes,
      plain(events.map(({ tenant }) => tenant)),
      plain(bodies.map(({ slot }) => slot)),
      text(bodies.map(({ operator }) => operator)),
      plain(bodies.map(({ role }) => role)),
      text(bodies.map(({ dataRegion }) => dataRegion)),
      plain(bodies.map(({ country }) => country)),
      plain(events.map(({ event }) => event.entry.json.occurredAt)),
      plain(events.map(({ event }) => event.stored.id)),
    ],
  );
}

async function updateProfiles(schema: string, events: readonly ProfileChanged[], sql: Sql): Promise<void> {
  const [bytes, starts, totals, sizes] = sealedColumns(events);
  await sql.query(
    `UPDATE ${schema}.tenant t SET country = r.country, event_id = r.event_id, type = 'tenant.profile-changed',
       entry = substring($1::bytea from r.start for r.size),
       metadata = substring($1::bytea from r.start + r.size for r.total - r.size)
     FROM unnest($2::int[], $3::int[], $4::int[], $5::uuid[], $6::text[], $7::uuid[])
       AS r(start, total, size, tenant_id, country, event_id)
     WHERE t.tenant_id = r.tenant_id`,
    [
      bytes,
      starts,
      totals,
      sizes,
      plain(events.map(({ tenant }) => tenant)),
      plain(events.map(({ fact }) => fact.body.country)),
      plain(events.map(({ event }) => event.stored.id)),
    ],
  );
}

/** Entries and their metadata: the bytes, where each pair starts, how long it is, how long the entry in it. */
export function sealedColumns(events: readonly AccountEvent[]): readonly [Buffer, string, string, string] {
  const bytes = new ByteColumn();
  for (const { event } of events) bytes.add(event.stored.data, event.stored.metadata);
  return [
    bytes.bytes,
    bytes.offsets,
    bytes.lengths,
    plain(events.map(({ event }) => event.stored.data.length)),
  ];
}
