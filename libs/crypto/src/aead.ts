import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { concat, requireLength } from './encoding.js';
import { keyObject } from './key-object.js';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Bytes that a box adds to its content: version, nonce, tag. */
export const BOX_OVERHEAD = 1 + NONCE_BYTES + TAG_BYTES;

/**
 * 0x01 ‖ nonce ‖ AES-256-GCM ciphertext ‖ 128-bit tag.
 * @param nonce 12 bytes, for golden vectors only; drawn at random where it is absent, never derived
 */
export function sealBox(
  key: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
  nonce: Uint8Array = randomBytes(NONCE_BYTES),
): Uint8Array {
  requireLength(key, 32, 'the key');
  requireLength(nonce, NONCE_BYTES, 'the nonce');
  const cipher = createCipheriv('aes-256-gcm', keyObject(key), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  const body = cipher.update(plaintext);
  cipher.final();
  return concat(Uint8Array.of(VERSION), nonce, body, cipher.getAuthTag());
}

/** @returns the content, or undefined when version, length, key, additional data or tag do not fit */
export function openBox(key: Uint8Array, box: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  requireLength(key, 32, 'the key');
  if (box.length < BOX_OVERHEAD || box[0] !== VERSION) return undefined;
  const body = box.length - TAG_BYTES;
  const nonce = box.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keyObject(key), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(box.subarray(body));
  const plaintext = decipher.update(box.subarray(1 + NONCE_BYTES, body));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plaintext;
}
