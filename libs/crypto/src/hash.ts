import { concat, hmacSha256 } from '#platform';

export { equalBytes, sha256 } from '#platform';

/** HMAC-SHA-256 over the parts, joined; 32 bytes. */
export function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const [only, ...more] = parts;
  return hmacSha256(key, only !== undefined && more.length === 0 ? only : concat(...parts));
}
