import { setImmediate } from 'node:timers/promises';
import { nodeHash } from './tlog/hashes.js';
import { slotPath, slotTree } from './tlog/slot-tree.js';

const HASH = 32;
/** Nodes made between two looks at what else there is to do: about a millisecond's work. */
const SLICE = 512;

/** The tree over an epoch's slots: each level's hashes side by side, the leaves first, the root last. */
export type EpochLevels = readonly Buffer[];

/** All levels over 2^k leaf hashes, made a slice at a time. */
export async function levelsOver(leaves: readonly Uint8Array[]): Promise<EpochLevels> {
  let under = Buffer.concat(leaves, leaves.length * HASH);
  const levels = [under];
  while (under.length > HASH) {
    const level = Buffer.alloc(under.length / 2);
    for (let at = 0; at < level.length; at += HASH) {
      level.set(
        nodeHash(under.subarray(2 * at, 2 * at + HASH), under.subarray(2 * at + HASH, 2 * at + 2 * HASH)),
        at,
      );
      if ((at / HASH) % SLICE === SLICE - 1) await setImmediate();
    }
    levels.push(level);
    under = level;
  }
  return levels;
}

/** From a slot to the root, its sibling first. */
export function pathIn(levels: EpochLevels, slot: number): readonly Uint8Array[] {
  return levels.slice(0, -1).map((level, height) => {
    const sibling = (Math.floor(slot / 2 ** height) ^ 1) * HASH;
    return level.subarray(sibling, sibling + HASH);
  });
}

/**
 * The level at half the height of the tree over 2^k slots. Whoever has kept it makes any path of it and of 2^(k/2) leaves,
 * where all 2^k would be needed otherwise.
 */
export const halfLevel = (slots: number): number => Math.ceil(Math.log2(slots) / 2);

/** The slots under one hash of the half level: of those at and above the first, and below the second. */
export function slotsBeside(slot: number, slots: number): readonly [number, number] {
  const width = 2 ** halfLevel(slots);
  const first = Math.floor(slot / width) * width;
  return [first, first + width];
}

/**
 * From a slot to the root, its sibling first, as the half level and the leaves of `slotsBeside` give it. Whether it leads to
 * the epoch's root is for the caller to see.
 * @throws FormatFault `number.range` when there are not as many hashes as the tree has there
 */
export function pathOfHalf(
  slot: number,
  slots: number,
  half: Uint8Array,
  beside: readonly Uint8Array[],
): readonly Uint8Array[] {
  const [first, end] = slotsBeside(slot, slots);
  const kept = Array.from({ length: half.length / HASH }, (_, n) => half.subarray(n * HASH, (n + 1) * HASH));
  const [lower, upper] = [slotTree(beside), slotTree(kept)];
  return [...slotPath(lower, slot - first), ...slotPath(upper, first / (end - first))];
}
