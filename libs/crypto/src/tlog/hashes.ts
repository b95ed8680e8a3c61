import { sha256 } from '#platform';
import { concat } from '../encoding.js';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1). */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array());

/** The leaf hash of an entry: H(0x00 ‖ entry) (RFC 6962 §2.1, formats v1 §1.4). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, entry));
}

/** The hash of an inner node: H(0x01 ‖ left ‖ right) (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(NODE, left, right));
}
