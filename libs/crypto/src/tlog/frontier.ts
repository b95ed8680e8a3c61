import { requireLength } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { EMPTY_ROOT, nodeHash } from './hashes.js';

/**
 * The right edge of an RFC 6962 tree: the roots of its full subtrees, left to right. Holds at most 53 hashes, takes
 * one leaf in amortised constant time and gives the root at any moment.
 */
export class Frontier {
  private constructor(
    private count: number,
    private readonly subtrees: Uint8Array[],
  ) {}

  static empty(): Frontier {
    return new Frontier(0, []);
  }

  /**
   * Continues a tree of `size` leaves from the hashes of its full subtrees, left to right.
   * @throws FormatFault `number.range`, `length.wrong` when there are not as many as the size has binary ones
   */
  static from(size: number, subtrees: readonly Uint8Array[]): Frontier {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new FormatFault('number.range', 'a tree size is expected');
    if (subtrees.length !== ones(size)) {
      throw new FormatFault('length.wrong', 'one subtree for each binary one of the size is expected');
    }
    for (const subtree of subtrees) requireLength(subtree, 32, 'a subtree hash');
    return new Frontier(size, [...subtrees]);
  }

  /** How many leaves the tree has. */
  get size(): number {
    return this.count;
  }

  /** The hashes of the full subtrees, left to right; empty at size 0. */
  hashes(): readonly Uint8Array[] {
    return [...this.subtrees];
  }

  /** Adds a leaf by its leaf hash (`leafHash` of the entry, not the entry). */
  append(leaf: Uint8Array): void {
    requireLength(leaf, 32, 'a leaf hash');
    let node = leaf;
    for (let rest = this.count; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const left = this.subtrees.pop();
      if (left !== undefined) node = nodeHash(left, node);
    }
    this.subtrees.push(node);
    this.count += 1;
  }

  /** MTH of RFC 6962 §2.1: 32 bytes; SHA-256 of nothing for the empty tree. */
  root(): Uint8Array {
    const last = this.subtrees.at(-1);
    if (last === undefined) return EMPTY_ROOT;
    let node = last;
    for (let i = this.subtrees.length - 2; i >= 0; i--) node = nodeHash(this.subtrees[i] ?? node, node);
    return node;
  }
}

/** The RFC 6962 root over leaf hashes. */
export function merkleRoot(leaves: Iterable<Uint8Array>): Uint8Array {
  const frontier = Frontier.empty();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}

function ones(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
