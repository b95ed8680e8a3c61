import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { hex, utf8 } from '../encoding.js';
import { sha256 } from '../hash.js';
import { Frontier, merkleRoot } from './frontier.js';
import { EMPTY_ROOT, leafHash } from './hashes.js';
import { inclusionProof, type NodeAt, rootAt } from './proof-nodes.js';
import {
  entriesPath,
  hashInTile,
  hasTile,
  newTiles,
  parseTilePath,
  type Tile,
  tileBytes,
  tileNodes,
  tileOfNode,
  tilePath,
} from './tile.js';
import { verifyInclusion } from './verify-proof.js';

interface Tree {
  readonly size: number;
  readonly root: string;
  readonly tiles: readonly { path: string; sha256: string }[];
}
interface Golden {
  readonly numbers: readonly { n: number; path: string }[];
  readonly trees: readonly Tree[];
  readonly large: Tree;
  readonly refused: readonly string[];
}
const golden = readGolden('log-v1/tile.json') as Golden;
const leaves = Array.from({ length: 1000 }, (_, i) => leafHash(utf8(`entry ${i}`)));

/** The tiles of a tree, by their paths, as a log that grew in these steps has written them. */
function write(...sizes: readonly number[]): Map<string, Uint8Array> {
  const written = new Map<string, Uint8Array>();
  for (const [i, size] of sizes.entries()) {
    for (const tile of newTiles(i === 0 ? 0 : (sizes[i - 1] ?? 0), size)) {
      const hash = ({ level, index }: NodeAt): Uint8Array =>
        merkleRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
      written.set(tilePath(tile), tileBytes(tileNodes(tile).map(hash)));
    }
  }
  return written;
}

test.each(golden.numbers)('tile number $n', ({ n, path }) => {
  expect(tilePath({ level: 1, index: n, width: 256 })).toBe(`tile/1/${path}`);
  expect(entriesPath({ index: n, width: 7 })).toBe(`tile/entries/${path}.p/7`);
  expect(parseTilePath(`tile/entries/${path}.p/7`)).toEqual({ level: 'entries', index: n, width: 7 });
  expect(parseTilePath(`tile/1/${path}`)).toEqual({ level: 1, index: n, width: 256 });
});

test.each(golden.refused)('no tile: %s', (path) => {
  expect(() => parseTilePath(path)).toThrow('tile.path');
});

test.each(golden.trees)('the tiles of $size leaves', ({ size, tiles }) => {
  const written = write(size);
  expect([...written].map(([path, bytes]) => ({ path, sha256: hex(sha256(bytes)) }))).toEqual(tiles);
});

test('the tiles above the leaves of 70,000', () => {
  const { size, root, tiles } = golden.large;
  const all = Array.from({ length: size }, (_, i) => leafHash(utf8(`entry ${i}`)));
  const roots: Uint8Array[] = [];
  for (let at = 0; at + 256 <= size; at += 256) roots.push(merkleRoot(all.slice(at, at + 256)));
  const hashes = [all, roots, [merkleRoot(roots.slice(0, 256))]];
  const upper = newTiles(0, size).filter(({ level }) => level > 0);
  const bytes = ({ level, index, width }: Tile): Uint8Array =>
    tileBytes((hashes[level] ?? []).slice(index * 256, index * 256 + width));
  expect(upper.map((tile) => ({ path: tilePath(tile), sha256: hex(sha256(bytes(tile))) }))).toEqual(tiles);
  const frontier = Frontier.empty();
  for (const leaf of all) frontier.append(leaf);
  expect(hex(frontier.root())).toBe(root);
});

test('a log that grows writes tiles that prove every leaf at every size it had', async () => {
  const steps = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(999), async (sizes, pick) => {
      sizes.sort((a, b) => a - b);
      const tiles = write(...sizes);
      for (const size of sizes) {
        const hashesAt = (nodes: readonly NodeAt[]): Promise<Uint8Array[]> =>
          Promise.resolve(
            nodes.map((node) => {
              const tile = tileOfNode(node, size);
              expect(hasTile(tile, size)).toBe(true);
              return hashInTile(node, tile, tiles.get(tilePath(tile)) ?? new Uint8Array());
            }),
          );
        const index = pick % size;
        const root = merkleRoot(leaves.slice(0, size));
        expect(hex(await rootAt(size, hashesAt))).toBe(hex(root));
        verifyInclusion(
          index,
          size,
          leaves[index] ?? EMPTY_ROOT,
          await inclusionProof(index, size, hashesAt),
          root,
        );
      }
    }),
    { numRuns: 20 },
  );
});

test('a tree has the tiles up to its size, and none beyond', () => {
  expect(hasTile({ level: 0, index: 0, width: 255 }, 255)).toBe(true);
  expect(hasTile({ level: 0, index: 0, width: 256 }, 255)).toBe(false);
  expect(hasTile({ level: 1, index: 0, width: 1 }, 255)).toBe(false);
  expect(hasTile({ level: 1, index: 0, width: 1 }, 256)).toBe(true);
  expect(newTiles(256, 256)).toEqual([]);
});

test('a tile tells the hashes it holds, whole, and no others', () => {
  const tile = { level: 0, index: 1, width: 4 };
  const bytes = tileBytes(leaves.slice(256, 260));
  expect(hex(hashInTile({ level: 1, index: 129 }, tile, bytes))).toBe(
    hex(merkleRoot(leaves.slice(258, 260))),
  );
  for (const node of [
    { level: 0, index: 255 },
    { level: 0, index: 260 },
    { level: 3, index: 32 },
  ]) {
    expect(() => hashInTile(node, tile, bytes)).toThrow('tile.length');
  }
  expect(() => hashInTile({ level: 0, index: 256 }, tile, bytes.subarray(1))).toThrow('tile.length');
  expect(() => tileOfNode({ level: 0, index: 260 }, 260)).toThrow('proof.range');
});
