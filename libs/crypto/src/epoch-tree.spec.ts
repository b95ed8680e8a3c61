import { expect, test } from '@jest/globals';
import { hex } from './encoding.js';
import { EpochTree } from './epoch-tree.js';
import { formatCheckpoint } from './tlog/checkpoint.js';
import { merkleRoot } from './tlog/frontier.js';
import { headDigest, NO_HEAD, rootOfSlot, slotLeafWithKey, slotPath, slotTree } from './tlog/slot-tree.js';

const kSlots = new Uint8Array(32).fill(9);
const head = { slot: 2, origin: 'candor.example/t/2-abc', size: 5, root: new Uint8Array(32).fill(7) };

test('a slot’s key is the one of the cross-check of formats v1 §10', () => {
  expect(hex(new EpochTree(kSlots).key(2))).toBe(
    'f19393b622848a20647cc105ea7ac3f6d3b7e40080a6dd27e949bd35c25dda64',
  );
});

test('whoever has the slot’s key opens its leaf in the public leaves, and the leaf leads to the root', async () => {
  const tree = new EpochTree(kSlots);
  const leaves = await tree.leaves(3, 1024, [head]);
  const own = slotLeafWithKey(3, 2, tree.key(2), headDigest(formatCheckpoint(head)));
  expect(leaves).toHaveLength(1024);
  expect(leaves[2]).toEqual(own);
  expect(leaves[1]).toEqual(slotLeafWithKey(3, 1, tree.key(1), NO_HEAD));
  const root = await tree.root(3, 1024, [head]);
  expect(root).toEqual(merkleRoot(leaves));
  expect(rootOfSlot(2, 1024, own, slotPath(slotTree(leaves), 2))).toEqual(root);
});

test('every leaf changes with the epoch, also those of slots nobody uses', async () => {
  const tree = new EpochTree(kSlots);
  const [one, two] = [await tree.leaves(0, 1024, []), await tree.leaves(1, 1024, [])];
  expect(new Set([...one, ...two].map(hex)).size).toBe(2048);
});

test('two heads in one slot, or one beyond the slots, are refused', async () => {
  const tree = new EpochTree(kSlots);
  await expect(tree.leaves(0, 1024, [head, { ...head, size: 6 }])).rejects.toThrow(RangeError);
  await expect(tree.leaves(0, 1024, [{ ...head, slot: 1024 }])).rejects.toThrow(RangeError);
});
