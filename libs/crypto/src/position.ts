import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import { b64u, concat, fromB64u, requireLength, u64 } from './encoding.js';
import { equalBytes } from './hash.js';
import { uuid16 } from './uuid.js';

/** What a `Candor-Position` says. */
export interface Position {
  /** A position of the store's `$all`. */
  readonly position: bigint;
  /** The last eight bytes of the log's UUID: ties a position to the log it was given for. */
  readonly logTag: Uint8Array;
}

/**
 * `Candor-Position` (formats v1 §8.4): b64u of one AES-256 block over u64(position) ‖ uuid16(log)[8:16]. Opaque to
 * whoever holds it, so that positions do not tell how busy other logs are.
 * @param key 32 bytes, a server key for this purpose alone
 */
export function sealPosition(key: Uint8Array, position: bigint, log: string): string {
  requireLength(key, 32, 'the position key');
  const cipher = createCipheriv('aes-256-ecb', createSecretKey(key), null).setAutoPadding(false);
  return b64u(concat(cipher.update(concat(u64(position), tagOf(log))), cipher.final()));
}

/**
 * Opens what `sealPosition` gave out. MUST be called with the log wherever one is known: without it any 16 bytes
 * open to something.
 * @returns undefined for text that is malformed, from another key or for another log
 */
export function openPosition(key: Uint8Array, text: string, log?: string): Position | undefined {
  requireLength(key, 32, 'the position key');
  const block = blockOf(text);
  if (block === undefined) return undefined;
  const decipher = createDecipheriv('aes-256-ecb', createSecretKey(key), null).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(block), decipher.final()]);
  const logTag = plain.subarray(8);
  if (log !== undefined && !equalBytes(logTag, tagOf(log))) return undefined;
  return { position: plain.readBigUInt64BE(0), logTag };
}

function tagOf(log: string): Uint8Array {
  return uuid16(log).subarray(8);
}

/** Sixteen bytes are 22 characters of b64u. */
function blockOf(text: string): Uint8Array | undefined {
  if (text.length !== 22) return undefined;
  try {
    return fromB64u(text);
  } catch {
    return undefined;
  }
}
