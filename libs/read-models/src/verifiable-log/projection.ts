import { ByteColumn, plain } from '../columns.js';
import type { BatchEvent, Projection } from '../projection.js';
import type { Sql } from '../sql.js';
import { type LogOrigin, succeeds } from '../succession.js';
import { type Claim, insertCheckpoints, isCheckpoint, recordedHead } from './checkpoints.js';
import { Edge, type Tile } from './tiles.js';

/**
 * The tree over every log's entries, in the order of `$all`, and what was recorded of it; a new one from each
 * `log.succeeded` on. Nothing is read but the leaf hashes, so a type this build does not know is never missing.
 * @param schema where the tables are: the view's name, or another while it is rebuilt
 */
export function verifiableLog(schema = 'verifiable_log_v1'): Projection {
  return {
    name: schema,
    concerns: (event) => event.entry.json.log !== null || isCheckpoint(event),
    apply: async (events, sql) => {
      const trees = await loadTrees(schema, events, sql);
      const grown = new Growth(trees);
      for (const event of events) grown.take(event);
      await Promise.all([
        insertTiles(schema, grown.tiles, sql),
        saveTrees(schema, trees, sql),
        insertSuccessions(schema, grown.begun, sql),
      ]);
      await insertCheckpoints(schema, grown.claims, sql);
    },
  };
}

/** One of a log's trees, as it grows. */
interface Tree extends LogOrigin {
  readonly edge: Edge;
  /** Of the last event. */
  position: bigint;
}

type LogTile = Tile & { readonly tenant: string; readonly succession: number };

/** The trees of the logs of a batch, of every origin that each of them has had. */
class Trees {
  private readonly byLog = new Map<string, Tree[]>();

  /** @param trees of each log the present one last */
  constructor(trees: readonly Tree[]) {
    for (const tree of trees) this.add(tree);
  }

  *[Symbol.iterator](): Iterator<Tree> {
    for (const trees of this.byLog.values()) yield* trees;
  }

  /** The tree a log's next entry goes to. */
  present(log: string): Tree | undefined {
    return this.byLog.get(log)?.at(-1);
  }

  sizeOf({ tenant, succession }: { readonly tenant: string; readonly succession: number }): number {
    const tree = this.byLog.get(tenant)?.find((one) => one.succession === succession);
    return tree?.edge.size ?? 0;
  }

  begin(log: string, succession: number): Tree {
    const tree = { log, succession, edge: Edge.empty(), position: -1n };
    this.add(tree);
    return tree;
  }

  private add(tree: Tree): void {
    this.byLog.set(tree.log, [...(this.byLog.get(tree.log) ?? []), tree]);
  }
}

/** What a batch adds: leaves once, because what lies at or before a log's head was added already. */
class Growth {
  readonly tiles: LogTile[] = [];
  readonly claims: Claim[] = [];
  readonly begun: LogOrigin[] = [];

  constructor(private readonly trees: Trees) {}

  take(event: BatchEvent): void {
    const { log } = event.entry.json;
    if (log !== null) this.grow(log, event);
    else {
      const head = recordedHead(event);
      this.claims.push({ ...head, event, sizeThen: this.trees.sizeOf(head) });
    }
  }

  private grow(log: string, event: BatchEvent): void {
    const { entry, position } = event;
    if (position <= (this.trees.present(log)?.position ?? -1n)) return;
    const tree = this.treeFor(log, event);
    tree.position = position;
    const { succession } = tree;
    for (const tile of tree.edge.append(entry.leaf)) this.tiles.push({ ...tile, tenant: log, succession });
  }

  private treeFor(log: string, event: BatchEvent): Tree {
    const present = this.trees.present(log);
    if (!succeeds(event)) return present ?? this.trees.begin(log, 0);
    const tree = this.trees.begin(log, (present?.succession ?? 0) + 1);
    this.begun.push(tree);
    return tree;
  }
}

async function loadTrees(schema: string, events: readonly BatchEvent[], sql: Sql): Promise<Trees> {
  const logs = new Set(events.map((event) => event.entry.json.log ?? recordedHead(event).tenant));
  const { rows } = await sql.query<{
    readonly tenant_id: string;
    readonly succession: number;
    readonly size: string;
    readonly position: string;
    readonly edge: Buffer;
  }>(
    `SELECT tenant_id, succession, size, position, edge FROM ${schema}.log
     WHERE tenant_id = ANY($1::uuid[]) ORDER BY tenant_id, succession`,
    [plain([...logs])],
  );
  return new Trees(
    rows.map(({ tenant_id: log, succession, size, position, edge }) => ({
      log,
      succession,
      edge: Edge.from(Number(size), edge),
      position: BigInt(position),
    })),
  );
}

async function saveTrees(schema: string, trees: Trees, sql: Sql): Promise<void> {
  const rows = [...trees];
  const edges = new ByteColumn();
  for (const { edge } of rows) edges.add(edge.bytes);
  await sql.query(
    `INSERT INTO ${schema}.log (tenant_id, succession, size, position, edge)
     SELECT r.tenant_id, r.succession, r.size, r.position, substring($1::bytea from r.start for r.length)
     FROM unnest($2::uuid[], $3::int[], $4::bigint[], $5::bigint[], $6::int[], $7::int[])
       AS r(tenant_id, succession, size, position, start, length)
     ON CONFLICT (tenant_id, succession) DO UPDATE
     SET size = excluded.size, position = excluded.position, edge = excluded.edge`,
    [
      edges.bytes,
      plain(rows.map(({ log }) => log)),
      plain(rows.map(({ succession }) => succession)),
      plain(rows.map(({ edge }) => edge.size)),
      plain(rows.map(({ position }) => position)),
      edges.offsets,
      edges.lengths,
    ],
  );
}

async function insertSuccessions(schema: string, begun: readonly LogOrigin[], sql: Sql): Promise<void> {
  if (begun.length === 0) return;
  await sql.query(
    `INSERT INTO ${schema}.succession (tenant_id, succession) SELECT * FROM unnest($1::uuid[], $2::int[])`,
    [plain(begun.map(({ log }) => log)), plain(begun.map(({ succession }) => succession))],
  );
}

async function insertTiles(schema: string, tiles: readonly LogTile[], sql: Sql): Promise<void> {
  if (tiles.length === 0) return;
  const bytes = new ByteColumn();
  for (const { hashes } of tiles) bytes.add(hashes);
  await sql.query(
    `INSERT INTO ${schema}.tile (tenant_id, succession, level, n, hashes)
     SELECT r.tenant_id, r.succession, r.level, r.n, substring($1::bytea from r.start for 512)
     FROM unnest($2::uuid[], $3::int[], $4::int[], $5::bigint[], $6::int[]) AS r(tenant_id, succession, level, n, start)`,
    [
      bytes.bytes,
      plain(tiles.map(({ tenant }) => tenant)),
      plain(tiles.map(({ succession }) => succession)),
      plain(tiles.map(({ level }) => level)),
      plain(tiles.map(({ n }) => n)),
      bytes.offsets,
    ],
  );
}
