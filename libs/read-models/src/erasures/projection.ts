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
    apply: async (events, sql) => {
      const subjects = events.map(subjectOf);
      await insert(schema, events, subjects, sql);
      await keepOpen(schema, events, subjects, sql);
    },
  };
}

interface ToldOf {
  readonly category: string;
  readonly id: string;
}

/** What is told of: an order belongs to the erasure that its correlation names. */
function subjectOf(event: BatchEvent): ToldOf {
  const { event: fact, stream, context } = known(event);
  if (fact.type === 'log.erasure-ordered')
    return { category: 'erasure', id: context.correlation ?? event.stored.id };
  const target = targetOf(fact.type, fact.body, stream);
  return { category: categoryOf(stream), id: target?.id ?? event.stored.id };
}

async function insert(
  schema: string,
  events: readonly BatchEvent[],
  subjects: readonly ToldOf[],
  sql: Sql,
): Promise<void> {
  const bytes = new ByteColumn();
  for (const { stored } of events) bytes.add(stored.data, stored.metadata);
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

const MOVING = new Set(['log.erasure-confirmed', 'log.erasure-ordered', 'log.key-erased']);

/** Which erasures are still to be carried on, made of what was told of these: also when it comes twice. */
async function keepOpen(
  schema: string,
  events: readonly BatchEvent[],
  subjects: readonly ToldOf[],
  sql: Sql,
): Promise<void> {
  const moved = events.flatMap(({ stored, entry }, n) =>
    MOVING.has(stored.type) ? [{ tenant: entry.json.log, id: subjects[n]?.id ?? stored.id }] : [],
  );
  if (moved.length === 0) return;
  const places = [plain(moved.map(({ tenant }) => tenant)), plain(moved.map(({ id }) => id))];
  await sql.query(
    `INSERT INTO ${schema}.open (tenant_id, id, since)
     SELECT e.tenant_id, e.id, min(e.position) FROM ${schema}.event e
     WHERE e.category = 'erasure' AND e.type IN ('log.erasure-confirmed', 'log.erasure-ordered')
       AND (e.tenant_id, e.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
     GROUP BY e.tenant_id, e.id ON CONFLICT DO NOTHING`,
    places,
  );
  await sql.query(
    `DELETE FROM ${schema}.open o USING unnest($1::uuid[], $2::uuid[]) AS m (tenant_id, id)
     WHERE o.tenant_id = m.tenant_id AND o.id = m.id AND EXISTS (SELECT FROM ${schema}.event r
       WHERE r.tenant_id = m.tenant_id AND r.category = 'erasure' AND r.id = m.id AND r.type = 'log.key-erased')`,
    places,
  );
}
