import { concat } from '#platform';
import { fromB64u, fromHex } from '../encoding.js';
import type { VerifierKey } from './vkey.js';

/** The algorithms that notes are signed with. */
export type NoteAlgorithm = 'ed25519' | 'ml-dsa-44';

/** Whether a signature holds over a message. */
export type Verification = (signature: Uint8Array, message: Uint8Array) => Promise<boolean>;

const ED25519_PKCS8 = fromHex('302e020100300506032b657004220420');

/** The algorithm of a key's type. */
export function algorithmOf(type: VerifierKey['type']): NoteAlgorithm {
  return type === 'ml-dsa-44-cosignature' ? 'ml-dsa-44' : 'ed25519';
}

/**
 * Prepares a public key. Every current browser knows Ed25519; ML-DSA-44 (FIPS 204) comes with Node 24 and is on its way.
 * @returns undefined where the runtime does not know the algorithm, or the bytes are no key of it
 */
export async function verification(
  algorithm: NoteAlgorithm,
  publicKey: Uint8Array,
): Promise<Verification | undefined> {
  const name = algorithm === 'ed25519' ? 'Ed25519' : 'ML-DSA-44';
  // The name of the format is newer than the types of the runtime's WebCrypto.
  const format = (algorithm === 'ed25519' ? 'raw' : 'raw-public') as 'raw';
  try {
    const key = await globalThis.crypto.subtle.importKey(format, own(publicKey), { name }, false, ['verify']);
    return (signature, message) =>
      globalThis.crypto.subtle.verify({ name }, key, own(signature), own(message)).catch(() => false);
  } catch {
    return undefined;
  }
}

/** Ed25519 from a 32-byte seed held in this process. @throws whatever WebCrypto throws for a seed of other length */
export async function ed25519FromSeed(seed: Uint8Array): Promise<{
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
}> {
  const { subtle } = globalThis.crypto;
  const pkcs8 = own(concat(ED25519_PKCS8, seed));
  const key = await subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, true, ['sign']);
  const { x = '' } = await subtle.exportKey('jwk', key);
  return {
    publicKey: fromB64u(x),
    sign: async (message) => new Uint8Array(await subtle.sign({ name: 'Ed25519' }, key, own(message))),
  };
}

/** WebCrypto takes bytes of an ArrayBuffer of their own only. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
