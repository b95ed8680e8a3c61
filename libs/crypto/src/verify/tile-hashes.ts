import type { HashesAt } from '../tlog/proof-nodes.js';
import { hashInTile, type Tile, tileOfNode, tilePath } from '../tlog/tile.js';

/** Gives a tile's bytes, by its path below the log's prefix (c2sp.org/tlog-tiles). */
export type TileAt = (path: string) => Promise<Uint8Array>;

/** Hashes of the tree of this size, each tile asked for once. Nobody vouches for them. @throws FormatFault `tile.length` */
export function tileHashes(size: number, tile: TileAt): HashesAt {
  const bytes = new Map<string, Uint8Array>();
  const read = async (wanted: Tile): Promise<Uint8Array> => {
    const path = tilePath(wanted);
    const known = bytes.get(path) ?? (await tile(path));
    bytes.set(path, known);
    return known;
  };
  return async (nodes) => {
    const found: Uint8Array[] = [];
    for (const node of nodes) {
      const at = tileOfNode(node, size);
      found.push(hashInTile(node, at, await read(at)));
    }
    return found;
  };
}
