import { equalBytes } from '#platform';
import { FormatFault } from '../fault.js';
import { EMPTY_ROOT, nodeHash } from './hashes.js';
import { consistencyNodes } from './proof-nodes.js';

/**
 * Checks that a leaf stands at this index of the tree with this root (RFC 9162 §2.1.3.2).
 * @param leaf its leaf hash
 * @throws FormatFault `proof.range`, `proof.length` (of the proof, or a hash of other than 32 bytes), `proof.root`
 */
export function verifyInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): void {
  if (!equalBytes(rootOfInclusion(index, size, leaf, proof), root)) {
    throw new FormatFault('proof.root', 'the path from the leaf leads to another root');
  }
}

/** The root that a path leads to. @throws FormatFault `proof.range`, `proof.length` */
export function rootOfInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array {
  if (!isSize(size) || !isSize(index) || index >= size) {
    throw new FormatFault('proof.range', 'an index below the size is expected');
  }
  requireHashes([leaf, ...proof]);
  let inner = 0;
  let border = index;
  for (let last = size - 1; border !== last; last = half(last), border = half(border)) inner++;
  if (proof.length !== inner + ones(border)) {
    throw new FormatFault('proof.length', 'the path has another length in a tree of this size');
  }
  let hash = leaf;
  let bits = index;
  for (const [i, sibling] of proof.entries()) {
    hash = i >= inner || bits % 2 === 1 ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    bits = half(bits);
  }
  return hash;
}

/**
 * Checks that the tree of `from` leaves is the beginning of the one of `to` leaves (RFC 9162 §2.1.4.2). From size 0
 * there is nothing to prove: the caller has no earlier head.
 * @throws FormatFault `proof.range` unless 0 < from ≤ to, `proof.length`, `proof.old-root`, `proof.root`
 */
export function verifyConsistency(
  from: number,
  to: number,
  rootFrom: Uint8Array,
  rootTo: Uint8Array,
  proof: readonly Uint8Array[],
): void {
  if (!isSize(from) || !isSize(to) || from < 1 || from > to) {
    throw new FormatFault('proof.range', 'two sizes are expected, the first from 1 up to the second');
  }
  requireHashes([rootFrom, rootTo, ...proof]);
  if (from === to) {
    if (proof.length > 0) throw wrongLength();
    if (!equalBytes(rootFrom, rootTo)) throw otherRoot('proof.root');
    return;
  }
  if (proof.length === 0) throw wrongLength();
  const path = isPowerOfTwo(from) ? [rootFrom, ...proof] : proof;
  const roots = bothRoots(from, to, path);
  if (!equalBytes(roots.old, rootFrom)) throw otherRoot('proof.old-root');
  if (!equalBytes(roots.new, rootTo)) throw otherRoot('proof.root');
}

/**
 * The root that the first `from` leaves have in the tree of root `rootTo`, when the proof leads there: then that tree contains
 * it, whatever was expected. Undefined for a proof that leads elsewhere, and where it does not hold the old root's hashes
 * (`from` a power of two).
 */
export function rootShownBy(
  from: number,
  to: number,
  rootTo: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  if (from < 1 || from >= to || isPowerOfTwo(from) || proof.length === 0) return undefined;
  try {
    requireHashes(proof);
    const roots = bothRoots(from, to, proof);
    return equalBytes(roots.new, rootTo) ? roots.old : undefined;
  } catch (fault) {
    if (fault instanceof FormatFault) return undefined;
    throw fault;
  }
}

/**
 * The same for a size that is a power of two, which `rootShownBy` cannot tell: by the proof from one leaf less, which goes
 * through that root. Undefined for other sizes, for 1 and 2, and for a proof that leads elsewhere.
 */
export function rootShownByLess(
  from: number,
  to: number,
  rootTo: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  if (!isPowerOfTwo(from) || from >= to || rootShownBy(from - 1, to, rootTo, proof) === undefined)
    return undefined;
  return bothRoots(from - 1, from, proof.slice(0, consistencyNodes(from - 1, from).length)).new;
}

/** The roots of both trees that the path leads to. */
function bothRoots(
  from: number,
  to: number,
  path: readonly Uint8Array[],
): { old: Uint8Array; new: Uint8Array } {
  let fn = from - 1;
  let sn = to - 1;
  for (; fn % 2 === 1; sn = half(sn)) fn = half(fn);
  const [first = EMPTY_ROOT, ...rest] = path;
  let fr = first;
  let sr = first;
  for (const hash of rest) {
    if (sn === 0) throw wrongLength();
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(hash, fr);
      sr = nodeHash(hash, sr);
      for (; fn % 2 === 0 && fn !== 0; sn = half(sn)) fn = half(fn);
    } else {
      sr = nodeHash(sr, hash);
    }
    fn = half(fn);
    sn = half(sn);
  }
  if (sn !== 0) throw wrongLength();
  return { old: fr, new: sr };
}

/** By division: sizes may pass 2^32, where the bit operators end. */
function half(n: number): number {
  return Math.floor(n / 2);
}

function ones(n: number): number {
  let count = 0;
  for (let rest = n; rest > 0; rest = half(rest)) count += rest % 2;
  return count;
}

function isPowerOfTwo(n: number): boolean {
  return ones(n) === 1;
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function requireHashes(hashes: readonly Uint8Array[]): void {
  if (hashes.some((hash) => hash.length !== 32)) throw new FormatFault('proof.length', 'a hash has 32 bytes');
}

function wrongLength(): FormatFault {
  return new FormatFault('proof.length', 'the proof has another length between trees of these sizes');
}

function otherRoot(code: 'proof.root' | 'proof.old-root'): FormatFault {
  return new FormatFault(code, 'the proof leads to another root');
}
