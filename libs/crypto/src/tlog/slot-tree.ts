import { concat, sha256, utf8 } from '#platform';
import { requireLength, u32, u64 } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { leafHash, nodeHash } from './hashes.js';
import { slotBlind } from './slot.js';
import { rootOfInclusion } from './verify-proof.js';

const LABEL = utf8('candor-slot/v1\n');

/** d of a slot that no log uses yet. */
export const NO_HEAD: Uint8Array = new Uint8Array(32);

/** d = H(checkpoint text) (formats v1 §5.3). */
export function headDigest(checkpointText: string): Uint8Array {
  return sha256(utf8(checkpointText));
}

/**
 * The leaf hash of a slot in an epoch: H(0x00 ‖ "candor-slot/v1\n" ‖ u64(e) ‖ u32(s) ‖ r ‖ d) (formats v1 §5.3).
 * @param r the blinding, `slotBlind` @param d `headDigest` of the log's checkpoint, or `NO_HEAD`
 * @throws FormatFault `number.range`, `length.wrong`
 */
export function slotLeaf(epoch: number, slot: number, r: Uint8Array, d: Uint8Array): Uint8Array {
  requireLength(r, 32, 'a blinding');
  requireLength(d, 32, 'a head');
  return leafHash(concat(LABEL, epoch64(epoch), u32(slot), r, d));
}

/** The same for who holds the slot's key. @throws FormatFault `number.range`, `length.wrong` */
export function slotLeafWithKey(epoch: number, slot: number, slotKey: Uint8Array, d: Uint8Array): Uint8Array {
  return slotLeaf(epoch, slot, slotBlind(slotKey, BigInt(epoch)), d);
}

/** All levels of the tree over 2^k leaf hashes, the leaves first, the root last. @throws FormatFault `number.range` */
export function slotTree(leaves: readonly Uint8Array[]): Uint8Array[][] {
  if (leaves.length < 1 || !Number.isInteger(Math.log2(leaves.length))) {
    throw new FormatFault('number.range', 'a power of two of slots is expected');
  }
  const levels = [[...leaves]];
  for (let level = levels[0] ?? []; level.length > 1; levels.push(level)) {
    const under = level;
    level = Array.from({ length: under.length / 2 }, (_, i) => pair(under, i));
  }
  return levels;
}

/** The path of a slot: its sibling first, k hashes. @throws FormatFault `number.range` for a slot that is not there */
export function slotPath(tree: readonly (readonly Uint8Array[])[], slot: number): Uint8Array[] {
  return tree.slice(0, -1).map((level, height) => {
    const at = Math.floor(slot / 2 ** height);
    const sibling = level[at % 2 === 0 ? at + 1 : at - 1];
    if (sibling === undefined) throw new FormatFault('number.range', 'a slot of the tree is expected');
    return sibling;
  });
}

/** The root that a slot's leaf and path lead to, in a tree of `slots` leaves. @throws FormatFault `proof.range`, `proof.length` */
export function rootOfSlot(
  slot: number,
  slots: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
): Uint8Array {
  return rootOfInclusion(slot, slots, leaf, path);
}

function pair(level: readonly Uint8Array[], i: number): Uint8Array {
  const [left, right] = [level[2 * i], level[2 * i + 1]];
  if (left === undefined || right === undefined)
    throw new FormatFault('number.range', 'a whole tree is expected');
  return nodeHash(left, right);
}

function epoch64(epoch: number): Uint8Array {
  if (!Number.isSafeInteger(epoch)) throw new FormatFault('number.range', 'an epoch is a whole number');
  return u64(BigInt(epoch));
}
