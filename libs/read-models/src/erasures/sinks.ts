import type { Timestamp, ToldState, Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import { type ErasureFact, factOf, type FactRow } from './query.js';

/** An order as a sink is told of it. */
export interface SinkOrder {
  readonly order: Uuid;
  /** What the sink confirms. */
  readonly erasure: Uuid;
  readonly at: Timestamp;
  readonly rule: string;
  readonly ground: string;
  /** Null: every key of the class (null: every class) and the period (null: every period). */
  readonly keys: readonly Uuid[] | null;
  readonly class: string | null;
  readonly period: string | null;
  /** Of whom it was asked for; none at the end of a term or of a contract. */
  readonly subjects: readonly Uuid[];
}

/** The orders of a log after one, oldest first; undefined where the log has no such order. */
export async function ordersAfter(
  sql: Sql,
  tenant: Uuid,
  after: Uuid | null,
  limit: number,
): Promise<readonly SinkOrder[] | undefined> {
  const from = after === null ? '-1' : await positionOf(sql, tenant, after);
  if (from === undefined) return undefined;
  const { rows } = await sql.query<FactRow>(
    `SELECT tenant_id, id, event_id, type, position, entry, metadata FROM erasures_v1.event
     WHERE tenant_id = $1 AND type = 'log.erasure-ordered' AND position > $2 ORDER BY position LIMIT $3`,
    [tenant, from, limit],
  );
  const orders = rows.map(factOf);
  const subjects = await subjectsOf(sql, tenant, [...new Set(orders.map(({ id }) => id))]);
  return orders.map((one) => orderOf(one, subjects.get(one.id) ?? []));
}

async function positionOf(sql: Sql, tenant: Uuid, order: Uuid): Promise<string | undefined> {
  const { rows } = await sql.query<{ position: string }>(
    `SELECT position FROM erasures_v1.event WHERE tenant_id = $1 AND event_id = $2 AND type = 'log.erasure-ordered'`,
    [tenant, order],
  );
  return rows[0]?.position;
}

async function subjectsOf(
  sql: Sql,
  tenant: Uuid,
  erasures: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, readonly Uuid[]>> {
  const { rows } = await sql.query<FactRow>(
    `SELECT tenant_id, id, event_id, type, position, entry, metadata FROM erasures_v1.event
     WHERE tenant_id = $1 AND category = 'erasure' AND id = ANY ($2::uuid[]) AND type = 'log.erasure-requested'`,
    [tenant, erasures],
  );
  return new Map(
    rows
      .map(factOf)
      .flatMap(({ id, fact }) =>
        fact.type === 'log.erasure-requested' ? [[id, fact.body.subjects] as const] : [],
      ),
  );
}

function orderOf({ id, event, at, fact }: ErasureFact, subjects: readonly Uuid[]): SinkOrder {
  if (fact.type !== 'log.erasure-ordered') throw new Error(`${event} is no order`);
  return { order: event, erasure: id, at, ...fact.body, subjects };
}

/** The position of the last order that a sink is known to have, of one `sink` of a tenant `$1`. */
const toldTo = (sink: string): string => `
  SELECT max(o.position) FROM (
    SELECT entry FROM erasures_v1.event
    WHERE tenant_id = $1 AND category = 'sinktold' AND id = ${sink} ORDER BY position DESC LIMIT 16) AS t
  JOIN erasures_v1.event o ON o.tenant_id = $1
    AND o.event_id = (convert_from(t.entry, 'UTF8')::jsonb #>> '{body,through}')::uuid`;

/** Whether it is known already that a sink has this order, and so every one before. */
export async function isTold(sql: Sql, tenant: Uuid, sink: Uuid, order: Uuid): Promise<boolean> {
  const { rows } = await sql.query<{ told: boolean | null }>(
    `SELECT (${toldTo('$2')}) >= position AS told FROM erasures_v1.event WHERE tenant_id = $1 AND event_id = $3`,
    [tenant, sink, order],
  );
  return rows[0]?.told === true;
}

export interface ToldSink {
  readonly sink: Uuid;
  readonly state: ToldState;
}

/**
 * Of each sink that was registered when an erasure was ordered: what it has done since, ascending by sink. Of an erasure that
 * had nothing left to order, the last order of the log counts, which took the keys or came after the one that did: whether a
 * sink has forgotten is not known then, only whether it was told.
 */
export async function toldSinks(sql: Sql, tenant: Uuid, erasure: Uuid): Promise<readonly ToldSink[]> {
  const { rows } = await sql.query<{ sink: string; state: ToldState }>(
    `WITH own AS (
       SELECT min(position) AS first, max(position) AS last FROM erasures_v1.event
       WHERE tenant_id = $1 AND category = 'erasure' AND id = $2 AND type = 'log.erasure-ordered'),
     before AS (
       SELECT max(position) AS position FROM erasures_v1.event
       WHERE tenant_id = $1 AND type = 'log.erasure-ordered'),
     ordered AS (
       SELECT coalesce(first, position) AS first, coalesce(last, position) AS last FROM own CROSS JOIN before),
     confirmed AS (
       SELECT (convert_from(entry, 'UTF8')::jsonb #>> '{body,sink}')::uuid AS sink FROM erasures_v1.event
       WHERE tenant_id = $1 AND category = 'erasure' AND id = $2 AND type = 'log.sink-erased'),
     removed AS (
       SELECT id, position FROM erasures_v1.event
       WHERE tenant_id = $1 AND category = 'sink' AND type = 'log.sink-removed')
     SELECT s.id AS sink,
       CASE
         WHEN s.id IN (SELECT sink FROM confirmed) THEN 'confirmed'
         WHEN s.id IN (SELECT id FROM removed) THEN 'removed'
         WHEN (${toldTo('s.id')}) >= ordered.last THEN 'told'
         ELSE 'unreached'
       END AS state
     FROM erasures_v1.event s CROSS JOIN ordered
     WHERE s.tenant_id = $1 AND s.category = 'sink' AND s.type = 'log.sink-registered'
       AND s.position < ordered.first
       AND NOT EXISTS (SELECT FROM removed WHERE removed.id = s.id AND removed.position < ordered.first)
     ORDER BY s.id`,
    [tenant, erasure],
  );
  return rows;
}

/** How many sinks a log has. */
export async function countSinks(sql: Sql, tenant: Uuid): Promise<number> {
  const { rows } = await sql.query<{ count: string }>(
    `SELECT count(*) FILTER (WHERE type = 'log.sink-registered') - count(*) FILTER (WHERE type = 'log.sink-removed') AS count
     FROM erasures_v1.event WHERE tenant_id = $1 AND category = 'sink'`,
    [tenant],
  );
  return Number(rows[0]?.count ?? 0);
}
