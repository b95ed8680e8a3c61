import { randomBytes } from 'node:crypto';
import { nodeHash } from '@candor/crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Edge, hashesIn, subtree, type Tile } from './tiles.js';

const leaves = Array.from({ length: 5_000 }, () => randomBytes(32));

function grown(size: number, edge = Edge.empty()): { readonly edge: Edge; readonly tiles: readonly Tile[] } {
  const tiles = leaves.slice(edge.size, size).flatMap((leaf) => edge.append(leaf));
  return { edge, tiles };
}

test('tiles and edge hold every complete row of the tree, each hash once', () => {
  const { edge, tiles } = grown(4_999);
  let row: readonly Uint8Array[] = leaves.slice(0, 4_999);
  for (let level = 0; row.length > 0; level++) {
    const own = tiles.filter((tile) => tile.level === level);
    expect(own.map(({ n }) => n)).toEqual(Array.from({ length: Math.floor(row.length / 16) }, (_, n) => n));
    expect([...own.flatMap(({ hashes }) => hashesIn(hashes)), ...edge.partial(level)]).toEqual(row);
    row = own.map(({ hashes }) => subtree(hashesIn(hashes)));
  }
});

test('a tree continues from its size and edge as if it had never been put down', () => {
  fc.assert(
    fc.property(fc.nat(4_500), fc.nat(400), (size, more) => {
      const before = grown(size).edge;
      const continued = grown(size + more, Edge.from(before.size, before.bytes));
      const whole = grown(size + more);
      expect(continued.edge.bytes).toEqual(whole.edge.bytes);
      expect(continued.edge.size).toBe(size + more);
    }),
    { numRuns: 30 },
  );
});

test('an edge that does not fit its size is refused', () => {
  const { edge } = grown(300);
  for (const [size, bytes] of [
    [299, edge.bytes],
    [301, edge.bytes],
    [300, edge.bytes.subarray(32)],
    [300, Buffer.concat([edge.bytes, Buffer.alloc(32)])],
    [0, edge.bytes],
  ] as const)
    expect(() => Edge.from(size, bytes)).toThrow(RangeError);
});

test('a subtree is the RFC 6962 tree over its hashes', () => {
  const [a, b, c, d] = leaves as unknown as readonly [Buffer, Buffer, Buffer, Buffer];
  expect(subtree([a])).toBe(a);
  expect(subtree([a, b, c, d])).toEqual(nodeHash(nodeHash(a, b), nodeHash(c, d)));
});
