import { randomBytes } from 'node:crypto';
import { openBox, sealBox } from './aead.js';
import { concat, requireLength, u32, utf8 } from './encoding.js';
import { FormatFault } from './fault.js';
import { uuid16 } from './uuid.js';

const WK_LABEL = utf8('candor-wk/v1\n');
const DEK_LABEL = utf8('candor-dek/v1\n');
const SECRET_LABEL = utf8('candor-secret/v1\n');

/** Length of every key and per-log secret. */
export const KEY_BYTES = 32;

/** The name of a secret in its additional data: K_id and K_blind of every log; the platform's also has K_slots and its own. */
export type SecretName = `K_${Lowercase<string>}`;

/** 32 random bytes: a data key, a wrapping key or a secret. */
export function newKey(): Uint8Array {
  return randomBytes(KEY_BYTES);
}

/** Additional data under which the key service wraps WK[log, generation] (formats v1 §3.1). */
export function wrappingKeyAad(log: string, generation: number): Uint8Array {
  return concat(WK_LABEL, uuid16(log), u32(generation));
}

/** Where a data key belongs; all of it is bound into the wrap. */
export interface DataKeyPlace {
  readonly log: string;
  readonly subject: string;
  readonly keyId: string;
  readonly generation: number;
}

/** Additional data of a wrapped data key. */
export function dataKeyAad(place: DataKeyPlace): Uint8Array {
  return concat(
    DEK_LABEL,
    uuid16(place.log),
    uuid16(place.subject),
    uuid16(place.keyId),
    u32(place.generation),
  );
}

/**
 * S under WK: 0x01 ‖ nonce ‖ AES-256-GCM(WK) ‖ tag, 61 bytes (formats v1 §3.1).
 * @param nonce for golden vectors only
 */
export function wrapDataKey(
  wk: Uint8Array,
  place: DataKeyPlace,
  key: Uint8Array,
  nonce?: Uint8Array,
): Uint8Array {
  requireLength(key, KEY_BYTES, 'a data key');
  return sealBox(wk, key, dataKeyAad(place), nonce);
}

/** @throws FormatFault `wrap.broken` when the wrap is not of this key at this place under this WK */
export function unwrapDataKey(wk: Uint8Array, place: DataKeyPlace, wrapped: Uint8Array): Uint8Array {
  return unwrap(wk, wrapped, dataKeyAad(place));
}

/** Where a per-log secret belongs. */
export interface SecretPlace {
  /** The log; for K_slots the platform's. */
  readonly log: string;
  readonly name: SecretName;
  readonly generation: number;
}

/** Additional data of a wrapped per-log secret. */
export function secretAad(place: SecretPlace): Uint8Array {
  return concat(SECRET_LABEL, uuid16(place.log), utf8(`${place.name}\n`), u32(place.generation));
}

/**
 * A per-log secret under WK, in the form of a data key (formats v1 §3.1).
 * @param nonce for golden vectors only
 */
export function wrapSecret(
  wk: Uint8Array,
  place: SecretPlace,
  secret: Uint8Array,
  nonce?: Uint8Array,
): Uint8Array {
  requireLength(secret, KEY_BYTES, 'a secret');
  return sealBox(wk, secret, secretAad(place), nonce);
}

/** @throws FormatFault `wrap.broken` when the wrap is not of this secret under this WK */
export function unwrapSecret(wk: Uint8Array, place: SecretPlace, wrapped: Uint8Array): Uint8Array {
  return unwrap(wk, wrapped, secretAad(place));
}

function unwrap(wk: Uint8Array, wrapped: Uint8Array, aad: Uint8Array): Uint8Array {
  const key = openBox(wk, wrapped, aad);
  if (key?.length !== KEY_BYTES) throw new FormatFault('wrap.broken', 'not the key that was wrapped here');
  return key;
}
