import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { concat } from './encoding.js';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** H of formats v1: SHA-256, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

/** HMAC-SHA-256 over the parts, joined; 32 bytes. @param key its bytes, or for one used often its `keyObject` */
export function hmac(key: Uint8Array | KeyObject, ...parts: readonly Uint8Array[]): Uint8Array {
  // A key object: Node takes several times longer with the bare bytes of a key.
  const mac = createHmac('sha256', key instanceof Uint8Array ? createSecretKey(key) : key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** The leaf hash of an entry: H(0x00 ‖ entry) (RFC 6962 §2.1, formats v1 §1.4). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, entry));
}

/** The hash of an inner node: H(0x01 ‖ left ‖ right) (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(NODE, left, right));
}

/** Compares in time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
