import { SoftwareKey } from '@candor/crypto';
import { formatVkey, type KeyedSigner, logSigner, parsePolicy, verifierKey } from '@candor/crypto/tlog';
import type { FileTrust } from '../file-source.js';

export const OPERATOR = 'candor.example';
export const ANCHOR = `${OPERATOR}/anchor`;

function signerOf(name: string, seed: number): KeyedSigner {
  const key = new SoftwareKey('1', 'ed25519', new Uint8Array(32).fill(seed));
  return logSigner(name, {
    publicKey: key.publicKey,
    sign: (message) => Promise.resolve(key.sign(message)),
  });
}

export const anchorSigner = signerOf(ANCHOR, 1);
/** Of the key of all tenants' logs, as one origin. */
export const logSignerOf = (origin: string): KeyedSigner => signerOf(origin, 2);
const logKey = logSignerOf(`${OPERATOR}/t`).key;

export const trust: FileTrust = {
  logKey: verifierKey(`${OPERATOR}/t`, 'ed25519', logKey.publicKey),
  policy: parsePolicy(`log ${formatVkey(anchorSigner.key)}\nquorum none\n`),
};
