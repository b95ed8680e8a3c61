import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { concat, fromHex, requireLength } from './encoding.js';
import type { SigningAlgorithm, SigningKey } from './signing-service.js';
import { KEY_BYTES } from './wrap.js';

/** DER up to the key itself: PKCS #8 with a seed (RFC 8410, RFC 9881 §6) and SubjectPublicKeyInfo. */
const FORMS = {
  ed25519: {
    private: fromHex('302e020100300506032b657004220420'),
    public: fromHex('302a300506032b6570032100'),
    publicBytes: 32,
    signatureBytes: 64,
  },
  'ml-dsa-44': {
    private: fromHex('3034020100300b060960864801650304031104228020'),
    public: fromHex('30820532300b06096086480165030403110382052100'),
    publicBytes: 1312,
    signatureBytes: 2420,
  },
} as const;

/** Whether this Node signs with it: ML-DSA needs OpenSSL 3.5, which a Node linked to the system's may not have. */
export function signsWith(algorithm: SigningAlgorithm): boolean {
  try {
    privateKey(algorithm, new Uint8Array(KEY_BYTES));
    return true;
  } catch {
    return false;
  }
}

/** A signing key of this process: 32 bytes of seed (RFC 8032 §5.1.5, FIPS 204 §5.1). */
export class SoftwareKey implements SigningKey {
  readonly publicKey: Uint8Array;
  private readonly key: KeyObject;

  /** @throws when `signsWith(algorithm)` is false */
  constructor(
    readonly version: string,
    readonly algorithm: SigningAlgorithm,
    seed: Uint8Array,
  ) {
    requireLength(seed, KEY_BYTES, 'the seed');
    this.key = privateKey(algorithm, seed);
    const der = createPublicKey(this.key).export({ type: 'spki', format: 'der' });
    this.publicKey = Uint8Array.from(der.subarray(-FORMS[algorithm].publicBytes));
  }

  sign(message: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, message, this.key));
  }
}

function privateKey(algorithm: SigningAlgorithm, seed: Uint8Array): KeyObject {
  const der = concat(FORMS[algorithm].private, seed);
  return createPrivateKey({ key: Buffer.from(der), type: 'pkcs8', format: 'der' });
}

/**
 * Whether the signature is this key's over the message; false too for a key or signature of another length.
 * @throws when `signsWith(algorithm)` is false
 */
export function isSignedBy(
  { algorithm, publicKey }: Pick<SigningKey, 'algorithm' | 'publicKey'>,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const form = FORMS[algorithm];
  if (publicKey.length !== form.publicBytes || signature.length !== form.signatureBytes) return false;
  const der = Buffer.from(concat(form.public, publicKey));
  return verify(null, message, createPublicKey({ key: der, type: 'spki', format: 'der' }), signature);
}
