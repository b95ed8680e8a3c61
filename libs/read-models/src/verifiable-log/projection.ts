import { ByteColumn, plain } from '../columns.js';
import type { BatchEvent, Projection } from '../projection.js';
import type { Sql } from '../sql.js';
import { type Claim, insertCheckpoints, isCheckpoint, recordedHead } from './checkpoints.js';
import { Edge, type Tile } from './tiles.js';

/**
 * The tree over every log's entries, in the order of `$all`, and what was recorded of it. Nothing is read but the leaf
 * hashes, so a type this build does not know is never missing.
 * @param schema where the tables are: the view's name, or another while it is rebuilt
 */
export function verifiableLog(schema = 'verifiable_log_v1'): Projection {
  return {
    name: schema,
    concerns: (event) => event.entry.json.log !== null || isCheckpoint(event),
    apply: async (events, sql) => {
      const heads = await loadHeads(schema, events, sql);
      const grown = new Growth(heads);
      for (const event of events) grown.take(event);
      await Promise.all([insertTiles(schema, grown.tiles, sql), saveHeads(schema, heads, sql)]);
      await insertCheckpoints(schema, grown.claims, sql);
    },
  };
}

interface Head {
  edge: Edge;
  /** Of the last event. */
  position: bigint;
}

type Heads = Map<string, Head>;
type LogTile = Tile & { readonly tenant: string };

/** What a batch adds: leaves once, because what lies at or before a log's head was added already. */
class Growth {
  readonly tiles: LogTile[] = [];
  readonly claims: Claim[] = [];

  constructor(private readonly heads: Heads) {}

  take(event: BatchEvent): void {
    const tenant = event.entry.json.log;
    if (tenant !== null) this.grow(tenant, event);
    else {
      const head = recordedHead(event);
      this.claims.push({ ...head, event, sizeThen: this.heads.get(head.tenant)?.edge.size ?? 0 });
    }
  }

  private grow(tenant: string, { entry, position }: BatchEvent): void {
    const head = this.heads.get(tenant) ?? { edge: Edge.empty(), position: -1n };
    this.heads.set(tenant, head);
    if (position <= head.position) return;
    head.position = position;
    for (const tile of head.edge.append(entry.leaf)) this.tiles.push({ ...tile, tenant });
  }
}

async function loadHeads(schema: string, events: readonly BatchEvent[], sql: Sql): Promise<Heads> {
  const logs = new Set(events.map((event) => event.entry.json.log ?? recordedHead(event).tenant));
  const { rows } = await sql.query<{ tenant_id: string; size: string; position: string; edge: Buffer }>(
    `SELECT tenant_id, size, position, edge FROM ${schema}.log WHERE tenant_id = ANY($1::uuid[])`,
    [plain([...logs])],
  );
  return new Map(
    rows.map(({ tenant_id, size, position, edge }) => [
      tenant_id,
      { edge: Edge.from(Number(size), edge), position: BigInt(position) },
    ]),
  );
}

async function saveHeads(schema: string, heads: Heads, sql: Sql): Promise<void> {
  const rows = [...heads.values()];
  const edges = new ByteColumn();
  for (const { edge } of rows) edges.add(edge.bytes);
  await sql.query(
    `INSERT INTO ${schema}.log (tenant_id, size, position, edge)
     SELECT r.tenant_id, r.size, r.position, substring($1::bytea from r.start for r.length)
     FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::int[], $6::int[])
       AS r(tenant_id, size, position, start, length)
     ON CONFLICT (tenant_id) DO UPDATE
     SET size = excluded.size, position = excluded.position, edge = excluded.edge`,
    [
      edges.bytes,
      plain([...heads.keys()]),
      plain(rows.map(({ edge }) => edge.size)),
      plain(rows.map(({ position }) => position)),
      edges.offsets,
      edges.lengths,
    ],
  );
}

async function insertTiles(schema: string, tiles: readonly LogTile[], sql: Sql): Promise<void> {
  if (tiles.length === 0) return;
  const bytes = new ByteColumn();
  for (const { hashes } of tiles) bytes.add(hashes);
  await sql.query(
    `INSERT INTO ${schema}.tile (tenant_id, level, n, hashes)
     SELECT r.tenant_id, r.level, r.n, substring($1::bytea from r.start for 512)
     FROM unnest($2::uuid[], $3::int[], $4::bigint[], $5::int[]) AS r(tenant_id, level, n, start)`,
    [
      bytes.bytes,
      plain(tiles.map(({ tenant }) => tenant)),
      plain(tiles.map(({ level }) => level)),
      plain(tiles.map(({ n }) => n)),
      bytes.offsets,
    ],
  );
}
