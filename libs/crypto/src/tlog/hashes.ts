import { room, sha256 } from '#platform';
import { concat } from '../encoding.js';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const HASH = 32;
/** Most of what is hashed is put together here: a hash is taken for every entry there is, and one more for its place. */
const leafImage = room(4096);
const nodeImage = room(1 + 2 * HASH);
leafImage.set(LEAF);
nodeImage.set(NODE);

/** The root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1). */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array());

/** The leaf hash of an entry: H(0x00 ‖ entry) (RFC 6962 §2.1, formats v1 §1.4). */
export function leafHash(entry: Uint8Array): Uint8Array {
  if (entry.length >= leafImage.length) return sha256(concat(LEAF, entry));
  leafImage.set(entry, 1);
  return sha256(leafImage.subarray(0, 1 + entry.length));
}

/** The hash of an inner node: H(0x01 ‖ left ‖ right) (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH || right.length !== HASH) return sha256(concat(NODE, left, right));
  nodeImage.set(left, 1);
  nodeImage.set(right, 1 + HASH);
  return sha256(nodeImage);
}
