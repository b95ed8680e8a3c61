import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { fromHex, hex, utf8 } from '../encoding.js';
import { merkleRoot } from './frontier.js';
import { EMPTY_ROOT, leafHash } from './hashes.js';
import { consistencyProof, frontierNodes, inclusionProof, type HashesAt, rootAt } from './proof-nodes.js';
import {
  rootOfInclusion,
  rootShownBy,
  rootShownByLess,
  verifyConsistency,
  verifyInclusion,
} from './verify-proof.js';

interface Golden {
  readonly entries: readonly string[];
  readonly roots: readonly string[];
  readonly inclusion: readonly { index: number; size: number; proof: string[] }[];
  readonly consistency: readonly { from: number; to: number; proof: string[] }[];
}
const golden = readGolden('log-v1/tree.json') as Golden;
const leaves = golden.entries.map((entry) => leafHash(fromHex(entry)));
const [first = EMPTY_ROOT, second = EMPTY_ROOT] = leaves;

/** Reads complete subtrees of these leaves, by their definition. */
function hashesOf(all: readonly Uint8Array[]): HashesAt {
  return (nodes) =>
    Promise.resolve(
      nodes.map(({ level, index }) => {
        const own = all.slice(index * 2 ** level, (index + 1) * 2 ** level);
        expect(own).toHaveLength(2 ** level);
        return merkleRoot(own);
      }),
    );
}

test('every inclusion proof of trees of up to nine leaves', async () => {
  expect(golden.inclusion).toHaveLength(45);
  for (const { index, size, proof } of golden.inclusion) {
    const made = await inclusionProof(index, size, hashesOf(leaves.slice(0, size)));
    expect(made.map(hex)).toEqual(proof);
    verifyInclusion(index, size, leaves[index] ?? first, made, fromHex(golden.roots[size] ?? ''));
  }
});

test('every consistency proof between trees of up to nine leaves', async () => {
  expect(golden.consistency).toHaveLength(45);
  for (const { from, to, proof } of golden.consistency) {
    const made = await consistencyProof(from, to, hashesOf(leaves.slice(0, to)));
    expect(made.map(hex)).toEqual(proof);
    verifyConsistency(from, to, fromHex(golden.roots[from] ?? ''), fromHex(golden.roots[to] ?? ''), made);
  }
});

test('roots at every size, from complete subtrees', async () => {
  for (const [size, root] of golden.roots.entries()) {
    expect(hex(await rootAt(size, hashesOf(leaves)))).toBe(root);
  }
});

const random = Array.from({ length: 300 }, (_, i) => leafHash(utf8(`leaf ${i}`)));
const sizes = fc
  .tuple(fc.nat(299), fc.nat(299))
  .map(([a, b]) => ({ small: Math.min(a, b) + 1, large: Math.max(a, b) + 1 }));

test('a proof holds for its leaf, index, size and root, and for no other', async () => {
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.nat(299),
      fc.nat(31),
      fc.nat(20),
      async ({ small, large }, other, byte, at) => {
        const index = small - 1;
        const leaf = random[index] ?? first;
        const proof = await inclusionProof(index, large, hashesOf(random));
        const root = merkleRoot(random.slice(0, large));
        verifyInclusion(index, large, leaf, proof, root);
        const flipped = flip(proof, at, byte);
        if (proof.length > 0)
          expect(() => {
            verifyInclusion(index, large, leaf, flipped, root);
          }).toThrow('proof.root');
        if (other !== index && other < large) {
          expect(() => {
            verifyInclusion(other, large, leaf, proof, root);
          }).toThrow(/proof\.(root|length)/);
        }
        expect(() => {
          verifyInclusion(index, large, leaf, [...proof, leaf], root);
        }).toThrow('proof.length');
        if (proof.length > 0) {
          expect(() => {
            verifyInclusion(index, large, leaf, proof.slice(1), root);
          }).toThrow('proof.length');
          expect(() => {
            verifyInclusion(index, large, leaf, proof.slice(0, -1), root);
          }).toThrow('proof.length');
        }
      },
    ),
  );
});

test('consistency holds between two sizes of one history, and for no other', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(31), fc.nat(20), async ({ small, large }, byte, at) => {
      const proof = await consistencyProof(small, large, hashesOf(random));
      const [before, after] = [merkleRoot(random.slice(0, small)), merkleRoot(random.slice(0, large))];
      verifyConsistency(small, large, before, after, proof);
      const check =
        (p: readonly Uint8Array[], from = small, to = large) =>
        () => {
          verifyConsistency(from, to, before, after, p);
        };
      expect(check([...proof, before])).toThrow(/proof\.(length|root|old-root)/);
      if (proof.length > 0) {
        expect(check(flip(proof, at, byte))).toThrow(/proof\.(old-)?root/);
        expect(check(proof.slice(0, -1))).toThrow(/proof\.(length|root|old-root)/);
      }
      if (small < large) {
        expect(check([])).toThrow('proof.length');
      }
    }),
  );
});

test('a rewritten history has no proof', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(299), async ({ small, large }, at) => {
      const forked = random.slice(0, large);
      forked[at % small] = leafHash(utf8('another'));
      const proof = await consistencyProof(small, large, hashesOf(forked));
      const before = merkleRoot(random.slice(0, small));
      const after = merkleRoot(forked);
      expect(() => {
        verifyConsistency(small, large, before, after, proof);
      }).toThrow(/proof\.(root|old-root)/);
    }),
  );
});

test('sizes beyond 32 bits are counted as they are', () => {
  const size = 2 ** 52 + 3;
  expect(frontierNodes(size)).toEqual([
    { level: 52, index: 0 },
    { level: 1, index: 2 ** 51 },
    { level: 0, index: 2 ** 52 + 2 },
  ]);
  const proof = Array.from({ length: 2 }, () => first);
  expect(rootOfInclusion(2 ** 52 + 2, size, first, proof)).toHaveLength(32);
  expect(() => rootOfInclusion(2 ** 52 + 2, size, first, proof.slice(1))).toThrow('proof.length');
});

test.each([
  [0, 0],
  [-1, 3],
  [3, 3],
  [0.5, 3],
  [NaN, 3],
  [0, 2 ** 53],
  [0, Infinity],
  [0, -1],
])('no leaf %d of %d', async (index, size) => {
  const root = first;
  await expect(async () => inclusionProof(index, size, hashesOf(leaves))).rejects.toThrow('proof.range');
  expect(() => {
    verifyInclusion(index, size, root, [], root);
  }).toThrow('proof.range');
});

test.each([
  [0, 0],
  [0, 3],
  [-1, 3],
  [4, 3],
  [1.5, 3],
  [1, NaN],
  [1, 2 ** 53],
])('no consistency from %d to %d', async (from, to) => {
  const root = first;
  await expect(async () => consistencyProof(from, to, hashesOf(leaves))).rejects.toThrow('proof.range');
  expect(() => {
    verifyConsistency(from, to, root, root, [root]);
  }).toThrow('proof.range');
});

test('equal sizes have equal roots and nothing between them', () => {
  const [a, b] = [first, second];
  verifyConsistency(1, 1, a, a, []);
  expect(() => {
    verifyConsistency(1, 1, a, b, []);
  }).toThrow('proof.root');
  expect(() => {
    verifyConsistency(1, 1, a, a, [a]);
  }).toThrow('proof.length');
});

test('a hash of another length is no hash', () => {
  const short = first.subarray(1);
  expect(() => {
    verifyInclusion(0, 2, short, [first], first);
  }).toThrow('proof.length');
  expect(() => {
    verifyInclusion(0, 2, first, [short], first);
  }).toThrow('proof.length');
  expect(() => {
    verifyConsistency(1, 2, short, first, [first]);
  }).toThrow('proof.length');
});

test('a store that answers with too few or too many hashes is a fault', async () => {
  await expect(inclusionProof(0, 4, () => Promise.resolve([first]))).rejects.toThrow('proof.length');
  await expect(rootAt(3, () => Promise.resolve(leaves))).rejects.toThrow('proof.length');
});

function flip(proof: readonly Uint8Array[], at: number, byte: number): Uint8Array[] {
  return proof.map((hash, i) => {
    if (i !== at % proof.length) return hash;
    const copy = new Uint8Array(hash);
    copy[byte] = (copy[byte] ?? 0) ^ 1;
    return copy;
  });
}

test('the root that a proof shows of what was before, whatever was expected', async () => {
  const all = random.slice(0, 140);
  for (const to of [5, 9, 64, 65, 127, 140]) {
    const rootTo = merkleRoot(all.slice(0, to));
    for (let from = 1; from < to; from++) {
      const root = merkleRoot(all.slice(0, from));
      const power = Number.isInteger(Math.log2(from));
      const proof = await consistencyProof(from, to, hashesOf(all));
      expect(rootShownBy(from, to, rootTo, proof)).toEqual(power ? undefined : root);
      expect(rootShownBy(from, to, root, proof)).toBeUndefined();
      if (from < 2) continue;
      const less = await consistencyProof(from - 1, to, hashesOf(all));
      expect(rootShownByLess(from, to, rootTo, less)).toEqual(power && from > 2 ? root : undefined);
      expect(rootShownByLess(from, to, root, less)).toBeUndefined();
    }
  }
});
