import { expect, test } from '@jest/globals';
import { hex } from './encoding.js';
import { halfLevel, pathIn, pathOfHalf, slotsBeside } from './epoch-levels.js';
import { EpochTree } from './epoch-tree.js';
import { FormatFault } from './fault.js';
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

test.each([1024, 2048, 4096])(
  'half the height of a tree of %i slots gives every path of it',
  async (slots) => {
    const tree = new EpochTree(kSlots);
    const levels = await tree.levels(3, slots, [head]);
    expect(levels.at(-1)).toEqual(await tree.root(3, slots, [head]));
    const half = levels[halfLevel(slots)] ?? new Uint8Array();
    // A small part of it.
    expect(half.length / 32).toBeLessThanOrEqual(Math.sqrt(slots));
    for (const slot of [0, 1, 2, 63, 64, 999, slots - 1]) {
      const span = slotsBeside(slot, slots);
      const beside = await tree.leavesIn(3, span, span[0] === 0 ? [head] : []);
      expect(beside.length).toBeLessThanOrEqual(2 * Math.sqrt(slots));
      const path = pathOfHalf(slot, slots, half, beside);
      expect(path.map(hex)).toEqual(pathIn(levels, slot).map(hex));
      expect(rootOfSlot(slot, slots, beside[slot - span[0]] ?? half, path)).toEqual(levels.at(-1));
    }
    expect(() => pathOfHalf(0, slots, half.subarray(32), [])).toThrow(FormatFault);
  },
);
