import type { DeliveryEvent } from '@candor/domain';
import { plain, text } from '../columns.js';
import { known } from '../known.js';
import type { Projection } from '../projection.js';
import type { Sql } from '../sql.js';
import type { BatchEvent } from '../projection.js';

/**
 * Every delivery event by message and recipient: which one stands is for the query to say. What they hold is the audit
 * log's (ADR 32).
 */
export function deliveries(schema = 'deliveries_v1'): Projection {
  return {
    name: schema,
    concerns: ({ stored }) => stored.type.startsWith('delivery.'),
    apply: (events, sql) => insertEvents(schema, events, sql),
  };
}

async function insertEvents(schema: string, events: readonly BatchEvent[], sql: Sql): Promise<void> {
  const facts = events.map((event) => known(event).event as DeliveryEvent);
  await sql.query(
    `INSERT INTO ${schema}.event (tenant_id, message_id, recipient, position, event_id, type, occurred_at, status)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::timestamptz[],
       $8::text[])
     ON CONFLICT (tenant_id, message_id, recipient, position) DO NOTHING`,
    [
      plain(events.map(({ entry }) => entry.json.log)),
      plain(facts.map(({ body }) => body.messageId)),
      plain(facts.map(({ body }) => body.recipient)),
      plain(events.map(({ position }) => position)),
      plain(events.map(({ stored }) => stored.id)),
      plain(facts.map(({ type }) => type)),
      plain(events.map(({ entry }) => entry.json.occurredAt)),
      text(facts.map(({ body }) => ('status' in body ? body.status : null))),
    ],
  );
}
