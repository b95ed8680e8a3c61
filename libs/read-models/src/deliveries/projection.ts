import { type DeliveryEvent, rankOf, statusOf } from '@candor/domain';
import { ByteColumn, plain, text } from '../columns.js';
import { known } from '../known.js';
import type { Projection } from '../projection.js';
import type { Sql } from '../sql.js';
import type { BatchEvent } from '../projection.js';

/** Every delivery event by message and recipient. A row is its event: which one stands is for the query to say. */
export function deliveries(schema = 'deliveries_v1'): Projection {
  return {
    name: schema,
    concerns: ({ stored }) => stored.type.startsWith('delivery.'),
    apply: (events, sql) => insertEvents(schema, events, sql),
  };
}

async function insertEvents(schema: string, events: readonly BatchEvent[], sql: Sql): Promise<void> {
  const bytes = new ByteColumn();
  for (const { stored } of events) bytes.add(stored.data, stored.metadata);
  const facts = events.map((event) => known(event).event as DeliveryEvent);
  await sql.query(
    `INSERT INTO ${schema}.event (tenant_id, message_id, recipient, position, event_id, type, rank, occurred_at,
       status, entry, metadata)
     SELECT r.tenant_id, r.message_id, r.recipient, r.position, r.event_id, r.type, r.rank, r.occurred_at, r.status,
       substring($1::bytea from r.start for r.size),
       substring($1::bytea from r.start + r.size for r.total - r.size)
     FROM unnest($2::int[], $3::int[], $4::int[], $5::uuid[], $6::uuid[], $7::uuid[], $8::bigint[], $9::uuid[],
       $10::text[], $11::smallint[], $12::timestamptz[], $13::text[])
       AS r(start, total, size, tenant_id, message_id, recipient, position, event_id, type, rank, occurred_at, status)
     ON CONFLICT (tenant_id, message_id, recipient, position) DO NOTHING`,
    [
      bytes.bytes,
      bytes.offsets,
      bytes.lengths,
      plain(events.map(({ stored }) => stored.data.length)),
      plain(events.map(({ entry }) => entry.json.log)),
      plain(facts.map(({ body }) => body.messageId)),
      plain(facts.map(({ body }) => body.recipient)),
      plain(events.map(({ position }) => position)),
      plain(events.map(({ stored }) => stored.id)),
      plain(facts.map(({ type }) => type)),
      plain(facts.map(({ type }) => rankOf(statusOf(type)))),
      plain(events.map(({ entry }) => entry.json.occurredAt)),
      text(facts.map(({ body }) => ('status' in body ? body.status : null))),
    ],
  );
}
