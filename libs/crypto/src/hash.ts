import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export { equalBytes, sha256 } from '#platform';

/** HMAC-SHA-256 over the parts, joined; 32 bytes. @param key its bytes, or for one used often its `keyObject` */
export function hmac(key: Uint8Array | KeyObject, ...parts: readonly Uint8Array[]): Uint8Array {
  // A key object: Node takes several times longer with the bare bytes of a key.
  const mac = createHmac('sha256', key instanceof Uint8Array ? createSecretKey(key) : key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}
