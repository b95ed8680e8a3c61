import { concat } from '#platform';
import { FormatFault } from '../fault.js';
import { nodeHash } from './hashes.js';
import type { NodeAt } from './proof-nodes.js';

/** Hashes of a full tile (c2sp.org/tlog-tiles). */
export const TILE_WIDTH = 256;
/** Levels of the tree that one level of tiles spans. */
const TILE_HEIGHT = 8;
const MAX_LEVEL = 6;

/** A tile of hashes: `width` of the tree's nodes at level 8 · level, from index · 256 on; 256 when full. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** A tile of entries has no level. */
export interface EntriesTile {
  readonly index: number;
  readonly width: number;
}

/** `tile/<L>/<N>[.p/<W>]`, the path below a log's prefix. */
export function tilePath(tile: Tile): string {
  return `tile/${tile.level}/${pathOf(tile)}`;
}

/** `tile/entries/<N>[.p/<W>]` */
export function entriesPath(tile: EntriesTile): string {
  return `tile/entries/${pathOf(tile)}`;
}

/**
 * Reads a path that `tilePath` or `entriesPath` wrote; any other way to write it is refused.
 * @throws FormatFault `tile.path`
 */
export function parseTilePath(path: string): Tile | (EntriesTile & { readonly level: 'entries' }) {
  const parts = /^tile\/(entries|[0-6])\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(
    path,
  );
  const [, level = '', groups = '', width] = parts ?? [];
  const at = { index: Number(groups.replaceAll(/[x/]/g, '')), width: Number(width ?? TILE_WIDTH) };
  const partial = width === undefined || at.width < TILE_WIDTH;
  if (
    parts === null ||
    !partial ||
    !Number.isSafeInteger(at.index) ||
    pathOf(at) !== path.split('/').slice(2).join('/')
  ) {
    throw new FormatFault('tile.path', 'not the path of a tile');
  }
  return level === 'entries' ? { ...at, level } : { ...at, level: Number(level) };
}

/** The tiles, full and partial, that a tree of `size` leaves has and one of `from` has not: what is to be written. */
export function newTiles(from: number, size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; level <= MAX_LEVEL; level++) {
    const before = nodesAt(level, from);
    const after = nodesAt(level, size);
    if (after === before) break;
    for (let index = Math.floor(before / TILE_WIDTH); index * TILE_WIDTH < after; index++) {
      tiles.push({ level, index, width: Math.min(TILE_WIDTH, after - index * TILE_WIDTH) });
    }
  }
  return tiles;
}

/** Whether a tree of `size` leaves has this tile, full or as the partial one it had then or before. */
export function hasTile(tile: Tile, size: number): boolean {
  return tile.index * TILE_WIDTH + tile.width <= nodesAt(tile.level, size);
}

/** The nodes whose hashes, joined, are the tile. */
export function tileNodes(tile: Tile): NodeAt[] {
  return Array.from({ length: tile.width }, (_, i) => ({
    level: tile.level * TILE_HEIGHT,
    index: tile.index * TILE_WIDTH + i,
  }));
}

/** The tile that tells a node's hash, as wide as a tree of `size` leaves has it. @throws FormatFault `proof.range` */
export function tileOfNode(node: NodeAt, size: number): Tile {
  if ((node.index + 1) * 2 ** node.level > size)
    throw new FormatFault('proof.range', 'a node outside of the tree');
  const level = Math.floor(node.level / TILE_HEIGHT);
  const first = node.index * 2 ** (node.level % TILE_HEIGHT);
  const index = Math.floor(first / TILE_WIDTH);
  return { level, index, width: Math.min(TILE_WIDTH, nodesAt(level, size) - index * TILE_WIDTH) };
}

/**
 * A node's hash, out of the bytes of its tile.
 * @throws FormatFault `tile.length` when the tile has not `width` hashes, or does not hold the node
 */
export function hashInTile(node: NodeAt, tile: Tile, bytes: Uint8Array): Uint8Array {
  const height = node.level - tile.level * TILE_HEIGHT;
  const first = node.index * 2 ** height - tile.index * TILE_WIDTH;
  const count = 2 ** height;
  if (bytes.length !== tile.width * 32 || height < 0 || first < 0 || first + count > tile.width) {
    throw new FormatFault('tile.length', 'a tile of this width that holds the node is expected');
  }
  return foldComplete(bytes.subarray(first * 32, (first + count) * 32));
}

/** The bytes of a tile. */
export function tileBytes(hashes: readonly Uint8Array[]): Uint8Array {
  return concat(...hashes);
}

/** The root over a power of two of hashes. */
function foldComplete(hashes: Uint8Array): Uint8Array {
  if (hashes.length === 32) return hashes;
  const middle = hashes.length / 2;
  return nodeHash(foldComplete(hashes.subarray(0, middle)), foldComplete(hashes.subarray(middle)));
}

/** How many nodes a level of tiles has. */
function nodesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

function pathOf({ index, width }: EntriesTile): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? [];
  const number = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return width === TILE_WIDTH ? number : `${number}.p/${width}`;
}
