import { FormatFault } from '../fault.js';
import { EMPTY_ROOT, nodeHash } from './hashes.js';

/** A complete subtree: the 2^level leaves from index · 2^level on. Level 0 is the leaves. */
export interface NodeAt {
  readonly level: number;
  readonly index: number;
}

/** Reads the hashes of complete subtrees, one for each, in the order asked: one statement for a whole proof. */
export type HashesAt = (nodes: readonly NodeAt[]) => Promise<readonly Uint8Array[]>;

/** Some leaves of a tree, from `begin` up to and without `end`. */
interface Range {
  readonly begin: number;
  readonly end: number;
}

/**
 * What an inclusion proof is made of (RFC 6962 §2.1.1): for each of its hashes, the leaf's sibling first, the complete
 * subtrees that fold into it, left to right. Nearly always one; several at the right edge of the tree.
 * @throws FormatFault `proof.range` unless 0 ≤ index < size ≤ 2^53−1
 */
export function inclusionNodes(index: number, size: number): NodeAt[][] {
  requireSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new FormatFault('proof.range', 'an index below the size is expected');
  }
  const siblings: Range[] = [];
  for (let begin = 0, end = size; end - begin > 1;) {
    const middle = begin + splitOf(end - begin);
    if (index < middle) {
      siblings.push({ begin: middle, end });
      end = middle;
    } else {
      siblings.push({ begin, end: middle });
      begin = middle;
    }
  }
  return siblings.reverse().map(completeIn);
}

/**
 * What a consistency proof is made of (RFC 6962 §2.1.2), as `inclusionNodes`. Empty for equal sizes.
 * @throws FormatFault `proof.range` unless 0 < from ≤ to ≤ 2^53−1
 */
export function consistencyNodes(from: number, to: number): NodeAt[][] {
  requireSize(to);
  if (!Number.isSafeInteger(from) || from < 1 || from > to) {
    throw new FormatFault('proof.range', 'two sizes are expected, the first from 1 up to the second');
  }
  const parts: Range[] = [];
  let begin = 0;
  let end = to;
  while (end !== from) {
    const middle = begin + splitOf(end - begin);
    if (from <= middle) {
      parts.push({ begin: middle, end });
      end = middle;
    } else {
      parts.push({ begin, end: middle });
      begin = middle;
    }
  }
  // Who verifies has the root of the old tree: it is left out where it is one subtree of the new.
  if (begin > 0) parts.push({ begin, end });
  return parts.reverse().map(completeIn);
}

/** The complete subtrees of a whole tree, left to right: those whose hashes are its frontier. @throws FormatFault `proof.range` */
export function frontierNodes(size: number): NodeAt[] {
  requireSize(size);
  return completeIn({ begin: 0, end: size });
}

/** The hashes a verifier wants to see for one leaf, its sibling first. @throws FormatFault `proof.range` */
export function inclusionProof(index: number, size: number, hashesAt: HashesAt): Promise<Uint8Array[]> {
  return read(inclusionNodes(index, size), hashesAt);
}

/** The hashes that show that the tree of `from` leaves begins the one of `to`. @throws FormatFault `proof.range` */
export function consistencyProof(from: number, to: number, hashesAt: HashesAt): Promise<Uint8Array[]> {
  return read(consistencyNodes(from, to), hashesAt);
}

/** The root of the tree as it was at this size. @throws FormatFault `proof.range` */
export async function rootAt(size: number, hashesAt: HashesAt): Promise<Uint8Array> {
  if (size === 0) return EMPTY_ROOT;
  const [root] = await read([frontierNodes(size)], hashesAt);
  return root ?? EMPTY_ROOT;
}

/**
 * Folds the hashes of `parts`, all in one list, into one hash for each part: a proof, for a caller that read them itself.
 * @throws FormatFault `proof.length` unless there are as many as the parts name
 */
export function foldParts(
  parts: readonly (readonly NodeAt[])[],
  hashes: readonly Uint8Array[],
): Uint8Array[] {
  let at = 0;
  const folded = parts.map((nodes) => {
    const own = hashes.slice(at, (at += nodes.length));
    return own.reduceRight((right, left) => nodeHash(left, right));
  });
  if (at !== hashes.length) throw wrongCount();
  return folded;
}

async function read(parts: readonly (readonly NodeAt[])[], hashesAt: HashesAt): Promise<Uint8Array[]> {
  const nodes = parts.flat();
  const hashes = nodes.length === 0 ? [] : await hashesAt(nodes);
  if (hashes.length !== nodes.length) throw wrongCount();
  return foldParts(parts, hashes);
}

/** Complete subtrees, the largest first: `begin` is a multiple of a power of two that is not below the length. */
function completeIn({ begin, end }: Range): NodeAt[] {
  const nodes: NodeAt[] = [];
  for (let at = begin; at < end;) {
    const level = levelOf(end - at);
    nodes.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return nodes;
}

/** The largest power of two below n; n ≥ 2. */
function splitOf(n: number): number {
  return 2 ** levelOf(n - 1);
}

/** The largest l with 2^l ≤ n; n ≥ 1. */
function levelOf(n: number): number {
  let level = 0;
  for (let rest = n; rest >= 2; rest = Math.floor(rest / 2)) level++;
  return level;
}

function requireSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new FormatFault('proof.range', 'a tree size is expected');
}

function wrongCount(): FormatFault {
  return new FormatFault('proof.length', 'one hash for each subtree is expected');
}
