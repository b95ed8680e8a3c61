import type { Uuid } from '@candor/domain';
import { plain } from '../columns.js';
import type { Sql } from '../sql.js';
import { Edge, hashesIn, subtree, TILE_HEIGHT, TILE_WIDTH } from './tiles.js';

/** A complete subtree of a log's tree: the 2^level leaves from index · 2^level on. */
export interface LogNode {
  readonly tenant: Uuid;
  /** Which of the log's origins. */
  readonly succession: number;
  readonly level: number;
  readonly index: number;
}

/** A hash was asked for that the tree does not have: not complete yet, or gone from the tables. */
export class HashMissing extends Error {
  override readonly name = 'HashMissing';
}

/**
 * The hashes of complete subtrees, of any logs, one for each, in ONE statement. An inclusion or a consistency proof needs
 * two tiles of a level at most, which is a dozen rows at five million leaves.
 * @throws HashMissing
 */
export async function readHashes(
  sql: Sql,
  schema: string,
  nodes: readonly LogNode[],
): Promise<readonly Uint8Array[]> {
  if (nodes.length === 0) return [];
  const places = nodes.map(placeOf);
  const tiles = new Map(places.map((place) => [keyOf(place), place]));
  const { rows } = await sql.query<Row>(
    `SELECT tenant_id, succession, NULL::int AS level, size AS n, edge AS hashes
     FROM ${schema}.log WHERE tenant_id = ANY($1::uuid[])
     UNION ALL
     SELECT t.tenant_id, t.succession, t.level, t.n, t.hashes
     FROM unnest($2::uuid[], $3::int[], $4::int[], $5::bigint[]) AS w(tenant_id, succession, level, n)
     JOIN ${schema}.tile t
       ON t.tenant_id = w.tenant_id AND t.succession = w.succession AND t.level = w.level AND t.n = w.n`,
    [
      plain([...new Set(nodes.map(({ tenant }) => tenant))]),
      plain([...tiles.values()].map(({ tenant }) => tenant)),
      plain([...tiles.values()].map(({ succession }) => succession)),
      plain([...tiles.values()].map(({ tile }) => tile)),
      plain([...tiles.values()].map(({ n }) => n)),
    ],
  );
  const found = new Found(rows);
  return places.map((place) => {
    const hashes = found.tile(place).slice(place.offset, place.offset + place.count);
    if (hashes.length < place.count) throw new HashMissing('a subtree is not in the tables');
    return subtree(hashes);
  });
}

interface Row {
  readonly tenant_id: Uuid;
  readonly succession: number;
  /** Null: the row of the log. */
  readonly level: number | null;
  /** Number of the tile, or size of the log. */
  readonly n: string;
  readonly hashes: Buffer;
}

/** Where a subtree's hashes stand: so many from an offset on, in one tile. */
interface Place {
  readonly tenant: Uuid;
  readonly succession: number;
  readonly tile: number;
  readonly n: number;
  readonly offset: number;
  readonly count: number;
}

function placeOf({ tenant, succession, level, index }: LogNode): Place {
  const tile = Math.floor(level / TILE_HEIGHT);
  const count = 2 ** (level % TILE_HEIGHT);
  const first = index * count;
  const n = Math.floor(first / TILE_WIDTH);
  return { tenant, succession, tile, n, offset: first % TILE_WIDTH, count };
}

type Tree = Pick<Place, 'tenant' | 'succession'>;

const treeOf = ({ tenant, succession }: Tree): string => `${tenant} ${succession}`;
const keyOf = ({ tile, n, ...tree }: Tree & Pick<Place, 'tile' | 'n'>): string =>
  `${treeOf(tree)} ${tile} ${n}`;

class Found {
  private readonly tiles = new Map<string, readonly Uint8Array[]>();
  private readonly edges = new Map<string, Edge>();

  constructor(rows: readonly Row[]) {
    for (const { tenant_id: tenant, succession, level, n, hashes } of rows)
      if (level === null) this.edges.set(treeOf({ tenant, succession }), Edge.from(Number(n), hashes));
      else this.tiles.set(keyOf({ tenant, succession, tile: level, n: Number(n) }), hashesIn(hashes));
  }

  tile(place: Place): readonly Uint8Array[] {
    return this.tiles.get(keyOf(place)) ?? this.partial(place);
  }

  private partial({ tile, n, ...tree }: Place): readonly Uint8Array[] {
    const edge = this.edges.get(treeOf(tree));
    if (edge === undefined) return [];
    return n === Math.floor(edge.size / TILE_WIDTH ** (tile + 1)) ? edge.partial(tile) : [];
  }
}
