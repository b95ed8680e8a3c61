import { createSecretKey, type KeyObject } from 'node:crypto';

const known = new WeakMap<Uint8Array, KeyObject>();

/**
 * A key that is used many times, as the object Node computes with: several times quicker than its bare bytes, and made
 * once. It goes when the bytes go, which MUST NOT change. For a key used once, call `createSecretKey`.
 */
export function keyObject(key: Uint8Array): KeyObject {
  let object = known.get(key);
  if (object === undefined) {
    object = createSecretKey(key);
    known.set(key, object);
  }
  return object;
}
