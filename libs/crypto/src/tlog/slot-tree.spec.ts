import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { fromHex, hex, utf8 } from '../encoding.js';
import { merkleRoot } from './frontier.js';
import { leafHash } from './hashes.js';
import { slotKey } from './slot.js';
import { headDigest, NO_HEAD, rootOfSlot, slotLeafWithKey, slotPath, slotTree } from './slot-tree.js';

interface Golden {
  readonly kSlots: string;
  readonly head: string;
  readonly headDigest: string;
  readonly trees: readonly {
    readonly epoch: number;
    readonly slots: number;
    readonly heads: Readonly<Record<string, string>>;
    readonly root: string;
    readonly leaf2: string;
    readonly leaf3: string;
    readonly path2: readonly string[];
  }[];
}
const golden = readGolden('log-v1/slot-tree.json') as Golden;
const keys = Array.from({ length: 2048 }, (_, slot) => slotKey(fromHex(golden.kSlots), slot));

test.each(golden.trees)(
  'the $slots slots of epoch $epoch',
  ({ epoch, slots, heads, root, leaf2, leaf3, path2 }) => {
    const leaves = keys.slice(0, slots).map((key, slot) => {
      const head = heads[slot];
      return slotLeafWithKey(epoch, slot, key, head === undefined ? NO_HEAD : headDigest(head));
    });
    const tree = slotTree(leaves);
    expect(hex(tree.at(-1)?.[0] ?? NO_HEAD)).toBe(root);
    expect([hex(leaves[2] ?? NO_HEAD), hex(leaves[3] ?? NO_HEAD)]).toEqual([leaf2, leaf3]);
    const path = slotPath(tree, 2);
    expect(path.map(hex)).toEqual(path2);
    expect(hex(rootOfSlot(2, slots, leaves[2] ?? NO_HEAD, path))).toBe(root);
    expect(hex(rootOfSlot(3, slots, leaves[2] ?? NO_HEAD, path))).not.toBe(root);
    expect(() => rootOfSlot(2, slots * 2, leaves[2] ?? NO_HEAD, path)).toThrow('proof.length');
  },
);

test('the head of a slot is the hash of the checkpoint text', () => {
  expect(hex(headDigest(golden.head))).toBe(golden.headDigest);
});

test('every slot of a tree has a path, as RFC 6962 has it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 }), fc.nat(63), (k, pick) => {
      const leaves = Array.from({ length: 2 ** k }, (_, i) => leafHash(utf8(`${i}`)));
      const slot = pick % leaves.length;
      const path = slotPath(slotTree(leaves), slot);
      expect(path).toHaveLength(k);
      expect(hex(rootOfSlot(slot, leaves.length, leaves[slot] ?? NO_HEAD, path))).toBe(
        hex(merkleRoot(leaves)),
      );
    }),
  );
});

test('only a power of two of slots is a tree, and only its slots have paths', () => {
  expect(() => slotTree([])).toThrow('number.range');
  expect(() => slotTree([NO_HEAD, NO_HEAD, NO_HEAD])).toThrow('number.range');
  expect(() => slotPath(slotTree([NO_HEAD, NO_HEAD]), 2)).toThrow('number.range');
});
