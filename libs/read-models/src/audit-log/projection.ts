import { type AccessEvent, targetOf } from '@candor/domain';
import { ByteColumn, plain, text } from '../columns.js';
import { type Placed, placeEvents } from '../heads.js';
import type { Projection } from '../projection.js';
import type { Sql } from '../sql.js';
import { succeeds } from '../succession.js';

/**
 * Every entry of every log, raw, so that a type this build does not know is never missing. Places are given in the order of
 * `$all`, so a rebuild gives the same ones; they go on across a succession.
 * @param schema where the tables are: the view's name, or another while it is rebuilt
 */
export function auditLog(schema = 'audit_log_v1'): Projection {
  return {
    name: schema,
    concerns: ({ entry }) => entry.json.log !== null,
    apply: async (events, sql) => {
      const { placed, save } = await placeEvents(schema, events, sql);
      if (placed.length === 0) return;
      // One statement each, all sent at once.
      await Promise.all([
        insertEntries(schema, placed, sql),
        insertKinds(schema, placed, sql),
        insertFlags(schema, placed, sql),
        insertSealed(schema, placed, sql),
        insertSuccessions(schema, placed, sql),
        save(),
      ]);
    },
  };
}

async function insertEntries(schema: string, placed: readonly Placed[], sql: Sql): Promise<void> {
  const bytes = new ByteColumn();
  for (const { event } of placed) bytes.add(event.entry.leaf, event.stored.data, event.stored.metadata);
  const entries = placed.map(({ event }) => event.entry.json);
  const targets = placed.map(({ event }) =>
    targetOf(event.stored.type, event.entry.json.body, event.stored.stream),
  );
  await sql.query(
    `INSERT INTO ${schema}.entry (tenant_id, index, event_id, type, outcome, actor_kind, actor_id, target_kind,
       target_id, occurred_at, recorded_at, seen_at, leaf, entry, metadata)
     SELECT r.tenant_id, r.index, r.event_id, r.type, r.outcome, r.actor_kind, r.actor_id, r.target_kind,
       r.target_id, r.occurred_at, r.recorded_at, r.seen_at,
       substring($1::bytea from r.start for 32),
       substring($1::bytea from r.start + 32 for r.size),
       substring($1::bytea from r.start + 32 + r.size for r.total - 32 - r.size)
     FROM unnest($2::int[], $3::int[], $4::int[], $5::uuid[], $6::bigint[], $7::uuid[], $8::text[], $9::text[],
       $10::text[], $11::uuid[], $12::text[], $13::uuid[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[])
       AS r(start, total, size, tenant_id, index, event_id, type, outcome, actor_kind, actor_id, target_kind,
         target_id, occurred_at, recorded_at, seen_at)`,
    [
      bytes.bytes,
      bytes.offsets,
      bytes.lengths,
      plain(placed.map(({ event }) => event.stored.data.length)),
      plain(placed.map(({ tenant }) => tenant)),
      plain(placed.map(({ index }) => index)),
      plain(entries.map(({ id }) => id)),
      text(entries.map(({ type }) => type)),
      plain(entries.map(({ outcome }) => outcome)),
      plain(entries.map(({ actor }) => actor.kind)),
      plain(entries.map(({ actor }) => actor.id)),
      text(targets.map((target) => target?.kind ?? null)),
      plain(targets.map((target) => target?.id ?? null)),
      plain(entries.map(({ occurredAt }) => occurredAt)),
      plain(entries.map(({ recordedAt }) => recordedAt)),
      plain(placed.map(({ seenAt }) => seenAt)),
    ],
  );
}

async function insertKinds(schema: string, placed: readonly Placed[], sql: Sql): Promise<void> {
  const kinds = new Map<string, readonly [string, string, string]>();
  for (const { event, tenant } of placed) {
    const { type, outcome } = event.entry.json;
    kinds.set(`${tenant} ${outcome} ${type}`, [tenant, type, outcome]);
  }
  const rows = [...kinds.values()];
  await sql.query(
    `INSERT INTO ${schema}.kind (tenant_id, type, outcome)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
    [
      plain(rows.map(([tenant]) => tenant)),
      text(rows.map(([, type]) => type)),
      plain(rows.map(([, , outcome]) => outcome)),
    ],
  );
}

const UNCOVERED = 'access.uncovered-detected';
type UncoveredDetected = Extract<AccessEvent, { readonly type: typeof UNCOVERED }>;

async function insertFlags(schema: string, placed: readonly Placed[], sql: Sql): Promise<void> {
  const flags = placed.filter(({ event }) => event.entry.json.type === UNCOVERED);
  if (flags.length === 0) return;
  // The one type whose body this view reads: a newer schema of it stops the view.
  const bodies = flags.map(({ event }) => event.recorded()?.event.body as UncoveredDetected['body']);
  await sql.query(
    `INSERT INTO ${schema}.flag (tenant_id, access, event_id, missing, grant_id)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[]) ON CONFLICT DO NOTHING`,
    [
      plain(flags.map(({ tenant }) => tenant)),
      plain(bodies.map(({ access }) => access)),
      plain(flags.map(({ event }) => event.stored.id)),
      text(bodies.map(({ missing }) => missing)),
      plain(bodies.map(({ grant }) => grant)),
    ],
  );
}

/** Under which keys an entry has values: by these erasures are counted, and people answered. */
async function insertSealed(schema: string, placed: readonly Placed[], sql: Sql): Promise<void> {
  const rows = placed.flatMap(({ event, tenant, index }) =>
    [...event.entry.sealed.keys()].map((keyId) => ({ tenant, keyId, index })),
  );
  if (rows.length === 0) return;
  await sql.query(
    `INSERT INTO ${schema}.sealed (tenant_id, key_id, index)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) ON CONFLICT DO NOTHING`,
    [
      plain(rows.map(({ tenant }) => tenant)),
      plain(rows.map(({ keyId }) => keyId)),
      plain(rows.map(({ index }) => index)),
    ],
  );
}

/** Where a log's successors begin: each has the number after the one before. */
async function insertSuccessions(schema: string, placed: readonly Placed[], sql: Sql): Promise<void> {
  const begun = placed.filter(({ event }) => succeeds(event));
  if (begun.length === 0) return;
  await sql.query(
    `INSERT INTO ${schema}.succession (tenant_id, succession, start)
     SELECT r.tenant_id, row_number() OVER (PARTITION BY r.tenant_id ORDER BY r.start)
       + coalesce((SELECT max(succession) FROM ${schema}.succession b WHERE b.tenant_id = r.tenant_id), 0), r.start
     FROM unnest($1::uuid[], $2::bigint[]) AS r(tenant_id, start)`,
    [plain(begun.map(({ tenant }) => tenant)), plain(begun.map(({ index }) => index))],
  );
}
