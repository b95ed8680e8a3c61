import type { Sql } from '../sql.js';

/** Something that was recorded, as text: equal facts are equal text. */
export type Fact = string;

/** The views that hold what was recorded of trees, and where they begin. */
export type FactView = 'audit_log_v1' | 'verifiable_log_v1' | 'anchor_v1';

const hash = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** How a fact is written, of the event store as well as of the views. */
export const fact = {
  checkpoint: (log: string, succession: number, size: number, root: Uint8Array): Fact =>
    `checkpoint ${log} ${succession} ${size} ${hash(root)}`,
  /** @param key the log, and `-<n>` of a successor */
  origin: (key: string, origin: string): Fact => `origin ${key} ${origin}`,
  /** @param start how many entries the log had before it, in all */
  succession: (log: string, succession: number, start: number): Fact =>
    `succession ${log} ${succession} ${start}`,
  succeeded: (log: string, succession: number): Fact => `succeeded ${log} ${succession}`,
  node: (level: number, index: number, hashed: Uint8Array): Fact => `node ${level} ${index} ${hash(hashed)}`,
  slot: (slot: number, log: string): Fact => `slot ${slot} ${log}`,
  epoch: (epoch: number, time: number, slots: number, root: Uint8Array, after: string | null): Fact =>
    `epoch ${epoch} ${time} ${slots} ${hash(root)} ${after ?? '-'}`,
  note: (epoch: number, note: Uint8Array): Fact => `note ${epoch} ${hash(note)}`,
} as const;

interface Row {
  readonly n: string;
  readonly more: readonly string[];
  readonly id: string | null;
  readonly bytes: Uint8Array;
}

/** Everything that the views hold of what was recorded. As candor_projector. */
export async function heldFacts(sql: Sql): Promise<ReadonlyMap<FactView, ReadonlySet<Fact>>> {
  const ask = async (select: string, write: (row: Row) => Fact): Promise<readonly Fact[]> =>
    (await sql.query<Row>(select)).rows.map(write);
  const checkpoint = ({ n, more, id, bytes }: Row): Fact =>
    fact.checkpoint(id ?? '', Number(more[0]), Number(n), bytes);
  const places = await ask(
    'SELECT succession AS n, ARRAY[start::text] AS more, tenant_id AS id FROM audit_log_v1.succession',
    ({ n, more, id }) => fact.succession(id ?? '', Number(n), Number(more[0])),
  );
  const trees = [
    await ask(
      'SELECT size AS n, ARRAY[succession::text] AS more, tenant_id AS id, root AS bytes FROM verifiable_log_v1.checkpoint',
      checkpoint,
    ),
    await ask('SELECT succession AS n, tenant_id AS id FROM verifiable_log_v1.succession', ({ n, id }) =>
      fact.succeeded(id ?? '', Number(n)),
    ),
  ];
  const anchor = [
    await ask(
      'SELECT size AS n, ARRAY[succession::text] AS more, log_id AS id, root AS bytes FROM anchor_v1.checkpoint',
      checkpoint,
    ),
    await ask('SELECT slot AS n, log_id AS id FROM anchor_v1.slot', ({ n, id }) =>
      fact.slot(Number(n), id ?? ''),
    ),
    await ask(
      'SELECT epoch AS n, ARRAY[time, slots]::text[] AS more, after AS id, root AS bytes FROM anchor_v1.epoch',
      ({ n, more, id, bytes }) => fact.epoch(Number(n), Number(more[0]), Number(more[1]), bytes, id),
    ),
    await ask(
      `SELECT log_id || CASE succession WHEN 0 THEN '' ELSE '-' || succession END AS id, ARRAY[origin::text] AS more
       FROM anchor_v1.origin`,
      ({ id, more }) => fact.origin(id ?? '', more[0] ?? ''),
    ),
    await ask('SELECT level AS n, index::text AS id, hash AS bytes FROM anchor_v1.node', ({ n, id, bytes }) =>
      fact.node(Number(n), Number(id), bytes),
    ),
    await ask('SELECT epoch AS n, note AS bytes FROM anchor_v1.note', ({ n, bytes }) =>
      fact.note(Number(n), bytes),
    ),
  ];
  return new Map([
    ['audit_log_v1', new Set(places)],
    ['verifiable_log_v1', new Set(trees.flat())],
    ['anchor_v1', new Set(anchor.flat())],
  ]);
}

/** The last event that a view has applied; views that have applied none are left out. As candor_projector. */
export async function viewEnds(sql: Sql): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql.query<{ view: string; event_id: string }>(
    'SELECT view, event_id FROM projection.checkpoint WHERE event_id IS NOT NULL',
  );
  return new Map(rows.map(({ view, event_id }) => [view, event_id]));
}
