import { categoryOf, targetOf } from '@candor/domain';
import { ByteColumn, plain } from '../columns.js';
import { known } from '../known.js';
import type { BatchEvent, Projection } from '../projection.js';
import type { Sql } from '../sql.js';

const PREFIXES = [
  'log.erasure-',
  'log.key-erased',
  'log.sink-',
  'log.hold-',
  'log.subject-request-',
  'tenant.offboarded',
];

/** What was asked to be erased, held and told, and what came of it. */
export function erasures(schema = 'erasures_v1'): Projection {
  return {
    name: schema,
    concerns: ({ stored }) => PREFIXES.some((prefix) => stored.type.startsWith(prefix)),
    apply: (events, sql) => insert(schema, events, sql),
  };
}

/** What is told of: an order belongs to the erasure that its correlation names. */
function subjectOf(event: BatchEvent): { readonly category: string; readonly id: string } {
  const { event: fact, stream, context } = known(event);
  if (fact.type === 'log.erasure-ordered')
    return { category: 'erasure', id: context.correlation ?? event.stored.id };
  const target = targetOf(fact.type, fact.body, stream);
  return { category: categoryOf(stream), id: target?.id ?? event.stored.id };
}

async function insert(schema: string, events: readonly BatchEvent[], sql: Sql): Promise<void> {
  const bytes = new ByteColumn();
  for (const { stored } of events) bytes.add(stored.data, stored.metadata);
  const subjects = events.map(subjectOf);
  await sql.query(
    `INSERT INTO ${schema}.event (tenant_id, event_id, category, id, type, position, entry, metadata)
     SELECT r.tenant_id, r.event_id, r.category, r.id, r.type, r.position,
       substring($1::bytea from r.start for r.size),
       substring($1::bytea from r.start + r.size for r.total - r.size)
     FROM unnest($2::int[], $3::int[], $4::int[], $5::uuid[], $6::uuid[], $7::text[], $8::uuid[], $9::text[],
       $10::bigint[]) AS r(start, total, size, tenant_id, event_id, category, id, type, position)
     ON CONFLICT (tenant_id, event_id) DO NOTHING`,
    [
      bytes.bytes,
      bytes.offsets,
      bytes.lengths,
      plain(events.map(({ stored }) => stored.data.length)),
      plain(events.map(({ entry }) => entry.json.log)),
      plain(events.map(({ stored }) => stored.id)),
      plain(subjects.map(({ category }) => category)),
      plain(subjects.map(({ id }) => id)),
      plain(events.map(({ stored }) => stored.type)),
      plain(events.map(({ position }) => position)),
    ],
  );
}
