import { nodeHash } from '@candor/crypto';

/** Tree levels in a tile. */
export const TILE_HEIGHT = 4;
/** Hashes in a full tile. */
export const TILE_WIDTH = 2 ** TILE_HEIGHT;
const HASH = 32;

/** The hashes at tree level 4 · level, from index 16 · n on. */
export interface Tile {
  readonly level: number;
  readonly n: number;
  readonly hashes: Uint8Array;
}

/**
 * The right edge of a tree that is kept in tiles: of each level the hashes of the tile that is not full yet. Takes one
 * leaf in amortised constant time, and gives away each tile when it is full.
 */
export class Edge {
  private constructor(
    private count: number,
    private readonly levels: Uint8Array[][],
  ) {}

  static empty(): Edge {
    return new Edge(0, []);
  }

  /** Continues a tree of `size` leaves. @throws RangeError when the bytes are not those of such a tree */
  static from(size: number, bytes: Uint8Array): Edge {
    const levels: Uint8Array[][] = [];
    let at = 0;
    for (let rest = size; rest > 0; rest = Math.floor(rest / TILE_WIDTH)) {
      const start = at;
      at += HASH * (rest % TILE_WIDTH);
      levels.push(hashesIn(bytes.subarray(start, at)));
    }
    if (bytes.length !== at) throw new RangeError('the edge of a tree does not fit its size');
    return new Edge(size, levels);
  }

  get size(): number {
    return this.count;
  }

  /** For `from`. */
  get bytes(): Buffer {
    return Buffer.concat(this.levels.flat());
  }

  /** The tile of a level that is not full, which is tile number floor(size / 16^(level + 1)); may have no hashes. */
  partial(level: number): readonly Uint8Array[] {
    return this.levels[level] ?? [];
  }

  /** Adds a leaf by its leaf hash. @returns the tiles it fills, lowest level first */
  append(leaf: Uint8Array): readonly Tile[] {
    this.count += 1;
    const full: Tile[] = [];
    let hash = leaf;
    for (let level = 0, n = this.count / TILE_WIDTH; ; level++, n /= TILE_WIDTH) {
      const hashes = (this.levels[level] ??= []);
      hashes.push(hash);
      if (hashes.length < TILE_WIDTH) return full;
      full.push({ level, n: n - 1, hashes: Buffer.concat(hashes) });
      hash = subtree(hashes);
      this.levels[level] = [];
    }
  }
}

export function hashesIn(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / HASH }, (_, i) => bytes.subarray(i * HASH, (i + 1) * HASH));
}

/** The root over 1, 2, 4, 8 or 16 hashes that stand side by side. */
export function subtree(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, i) => pair(row[2 * i], row[2 * i + 1]));
  return pair(row[0]);
}

function pair(left: Uint8Array | undefined, right?: Uint8Array): Uint8Array {
  if (left === undefined) throw new RangeError('a subtree has hashes');
  return right === undefined ? left : nodeHash(left, right);
}
