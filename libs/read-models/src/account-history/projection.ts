import type { MemberEvent, TenantEvent } from '@candor/domain';
import { ByteColumn, plain } from '../columns.js';
import { placeEvents } from '../heads.js';
import { known } from '../known.js';
import type { Projection } from '../projection.js';
import type { Sql } from '../sql.js';
import type { AccountEvent } from './account-event.js';
import { writeMembers } from './members.js';
import { writeTenants } from './tenants.js';

/** What happened to each tenant's account, and its profile and members as they are now. */
export function accountHistory(schema = 'account_history_v1'): Projection {
  return {
    name: schema,
    concerns: ({ stored }) => stored.type.startsWith('tenant.'),
    apply: async (events, sql) => {
      const { placed, save } = await placeEvents(schema, events, sql);
      const account = placed.map((one) => ({
        ...one,
        fact: known(one.event).event as TenantEvent | MemberEvent,
      }));
      if (account.length === 0) return;
      await save();
      await insertEvents(schema, account, sql);
      await writeTenants(schema, account, sql);
      await writeMembers(schema, account, sql);
    },
  };
}

async function insertEvents(schema: string, events: readonly AccountEvent[], sql: Sql): Promise<void> {
  const bytes = new ByteColumn();
  for (const { event } of events) bytes.add(event.stored.data, event.stored.metadata);
  await sql.query(
    `INSERT INTO ${schema}.event (tenant_id, index, event_id, type, entry, metadata)
     SELECT r.tenant_id, r.index, r.event_id, r.type,
       substring($1::bytea from r.start for r.size),
       substring($1::bytea from r.start + r.size for r.total - r.size)
     FROM unnest($2::int[], $3::int[], $4::int[], $5::uuid[], $6::bigint[], $7::uuid[], $8::text[])
       AS r(start, total, size, tenant_id, index, event_id, type)`,
    [
      bytes.bytes,
      bytes.offsets,
      bytes.lengths,
      plain(events.map(({ event }) => event.stored.data.length)),
      plain(events.map(({ tenant }) => tenant)),
      plain(events.map(({ index }) => index)),
      plain(events.map(({ event }) => event.stored.id)),
      plain(events.map(({ fact }) => fact.type)),
    ],
  );
}
