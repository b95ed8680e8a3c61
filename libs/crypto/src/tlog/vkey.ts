import { concat, sha256, utf8 } from '#platform';
import { b64, fromB64, hex } from '../encoding.js';
import { FormatFault } from '../fault.js';

/** What a line of a signed note may be: a log's signature, or a cosignature that carries its time. */
export type SignatureType = 'ed25519' | 'ed25519-cosignature' | 'ml-dsa-44-cosignature';

/** The types by their byte (c2sp.org/signed-note, c2sp.org/tlog-cosignature), with the lengths of key and signature. */
export const SIGNATURE_TYPES: Readonly<
  Record<SignatureType, { readonly byte: number; readonly publicKey: number; readonly signature: number }>
> = {
  ed25519: { byte: 0x01, publicKey: 32, signature: 64 },
  'ed25519-cosignature': { byte: 0x04, publicKey: 32, signature: 64 },
  'ml-dsa-44-cosignature': { byte: 0x06, publicKey: 1312, signature: 2420 },
};

/** A public key that verifies notes, under the name it signs by. */
export interface VerifierKey {
  readonly name: string;
  /** The first four bytes of H(name ‖ "\n" ‖ type ‖ key), big-endian. */
  readonly keyId: number;
  readonly type: SignatureType;
  /** 32 bytes, or 1,312 of ML-DSA-44. */
  readonly publicKey: Uint8Array;
}

/** Not empty, no Unicode space, no control character, no plus sign (c2sp.org/signed-note). */
export function isKeyName(name: string): boolean {
  return name.length <= 1024 && /^[^\s\p{White_Space}\p{Cc}+]+$/u.test(name) && name.isWellFormed();
}

/** @throws FormatFault `vkey.malformed` for a name that cannot be one, or a key of another length */
export function verifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name) || publicKey.length !== SIGNATURE_TYPES[type].publicKey) {
    throw new FormatFault('vkey.malformed', 'a key name without white space and plus sign, and a whole key');
  }
  return { name, keyId: keyIdOf(name, typed(type, publicKey)), type, publicKey };
}

/** `<name>+<id>+<base64>`: how a verification key is given to others. */
export function formatVkey(key: VerifierKey): string {
  return `${key.name}+${hexId(key.keyId)}+${b64(typed(key.type, key.publicKey))}`;
}

/** @throws FormatFault `vkey.malformed`, `vkey.type` for one we do not know, `vkey.id` when it is another key's */
export function parseVkey(text: string): VerifierKey {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{4,2000})$/.exec(text);
  const [, name = '', id = '', encoded = ''] = parts ?? [];
  const bytes = parts === null ? new Uint8Array() : fromB64(encoded);
  if (!isKeyName(name) || bytes.length < 2)
    throw new FormatFault('vkey.malformed', 'name+id+key is expected');
  const type = typeOf(bytes[0] ?? 0);
  if (type === undefined) throw new FormatFault('vkey.type', 'a key of a type that is not known');
  const key = verifierKey(name, type, bytes.subarray(1));
  if (hexId(key.keyId) !== id) throw new FormatFault('vkey.id', 'the id is not that of this name and key');
  return key;
}

function typeOf(byte: number): SignatureType | undefined {
  for (const type of ['ed25519', 'ed25519-cosignature', 'ml-dsa-44-cosignature'] as const) {
    if (SIGNATURE_TYPES[type].byte === byte) return type;
  }
  return undefined;
}

function typed(type: SignatureType, publicKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(SIGNATURE_TYPES[type].byte), publicKey);
}

function keyIdOf(name: string, typedKey: Uint8Array): number {
  return idFrom(sha256(concat(utf8(`${name}\n`), typedKey)));
}

/** The key id that begins these bytes. */
export function idFrom(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
}

function hexId(keyId: number): string {
  return hex(Uint8Array.of(keyId >>> 24, keyId >>> 16, keyId >>> 8, keyId));
}
