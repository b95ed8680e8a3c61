import { canonicalize, hmac, type Json } from '@candor/crypto';

/**
 * What tells one request from another under the same key (formats v1 §8.4): HMAC over JCS([path parameters, validated
 * DTO]) under a server key. Kept in PostgreSQL, never in the log.
 */
export function fingerprint(
  secret: Uint8Array,
  params: Readonly<Record<string, string>>,
  dto: object,
): Uint8Array {
  return hmac(secret, canonicalize([plain(params), plain(dto)]));
}

/** A DTO as plain JSON: absent and undefined are the same. */
function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, member]) =>
        member === undefined ? [] : [[name, plain(member)] as const],
      ),
    );
  }
  return value as Json;
}
