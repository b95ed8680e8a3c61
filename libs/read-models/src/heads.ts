import { plain } from './columns.js';
import type { BatchEvent } from './projection.js';
import type { Sql } from './sql.js';

/** How far the rows of one tenant are: the next index, the latest time seen, the position of the last event. */
interface Head {
  readonly size: number;
  readonly seenAt: string;
  readonly position: bigint;
}

/** An event with its place among its tenant's: 0, 1, 2 … */
export interface Placed {
  readonly event: BatchEvent;
  readonly tenant: string;
  readonly index: number;
  /** The greatest recordedAt so far. */
  readonly seenAt: string;
}

export interface Placement {
  readonly placed: readonly Placed[];
  /** Moves the heads; to be sent with the rows, in the same transaction. */
  readonly save: () => Promise<void>;
}

/**
 * Gives each event its index by the heads in `<schema>.log`: once, because events at or before their tenant's head were
 * applied already and are left out.
 */
export async function placeEvents(
  schema: string,
  events: readonly BatchEvent[],
  sql: Sql,
): Promise<Placement> {
  const heads = await loadHeads(schema, events, sql);
  const moved = new Map<string, Head>();
  const placed: Placed[] = [];
  for (const event of events) {
    const { log, recordedAt } = event.entry.json;
    if (log === null) continue;
    const head = moved.get(log) ?? heads.get(log);
    if (head !== undefined && event.position <= head.position) continue;
    const seenAt = head === undefined || recordedAt > head.seenAt ? recordedAt : head.seenAt;
    const index = head?.size ?? 0;
    placed.push({ event, tenant: log, index, seenAt });
    moved.set(log, { size: index + 1, seenAt, position: event.position });
  }
  return { placed, save: () => saveHeads(schema, moved, sql) };
}

async function loadHeads(
  schema: string,
  events: readonly BatchEvent[],
  sql: Sql,
): Promise<ReadonlyMap<string, Head>> {
  const logs = new Set(events.map(({ entry }) => entry.json.log));
  const { rows } = await sql.query<{ tenant_id: string; size: string; seen_at: string; position: string }>(
    `SELECT tenant_id, size, position,
       to_char(seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS seen_at
     FROM ${schema}.log WHERE tenant_id = ANY($1::uuid[])`,
    [plain([...logs])],
  );
  return new Map(
    rows.map(({ tenant_id, size, seen_at, position }) => [
      tenant_id,
      { size: Number(size), seenAt: seen_at, position: BigInt(position) },
    ]),
  );
}

async function saveHeads(schema: string, heads: ReadonlyMap<string, Head>, sql: Sql): Promise<void> {
  const rows = [...heads.values()];
  await sql.query(
    `INSERT INTO ${schema}.log (tenant_id, size, seen_at, position)
     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::bigint[])
     ON CONFLICT (tenant_id) DO UPDATE
     SET size = excluded.size, seen_at = excluded.seen_at, position = excluded.position`,
    [
      plain([...heads.keys()]),
      plain(rows.map(({ size }) => size)),
      plain(rows.map(({ seenAt }) => seenAt)),
      plain(rows.map(({ position }) => position)),
    ],
  );
}
