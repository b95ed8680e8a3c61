import { createCipheriv, createDecipheriv, createPublicKey, randomBytes } from 'node:crypto';
import { checksumOf, verified } from './checksums.js';
import { type Key, type Keys, type Version, keyOf, signerOf } from './key-ring.js';
import { invalid } from './status-error.js';

const KIB = 1024;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

type Checksum = { readonly value?: unknown } | null;

interface Additional {
  readonly name: string;
  readonly additionalAuthenticatedData: Buffer;
  readonly additionalAuthenticatedDataCrc32c: Checksum;
}
export interface EncryptRequest extends Additional {
  readonly plaintext: Buffer;
  readonly plaintextCrc32c: Checksum;
}
export interface DecryptRequest extends Additional {
  readonly ciphertext: Buffer;
  readonly ciphertextCrc32c: Checksum;
}
export interface SignRequest {
  readonly name: string;
  readonly data: Buffer;
  readonly dataCrc32c: Checksum;
  readonly digest: unknown;
}
export interface PublicKeyRequest {
  readonly name: string;
  readonly publicKeyFormat: string;
}

/** Calls that work with a key: AES-256-GCM with additional data, Ed25519, ML-DSA-44. @throws StatusError each of them */
export const cryptoCalls = (keys: Keys) => ({
  Encrypt: (request: EncryptRequest) => {
    const { plaintext, additionalAuthenticatedData: aad } = request;
    const key = symmetric(keys.key(keyOf(request.name)));
    const named = request.name.includes('/cryptoKeyVersions/');
    const version = keys.enabled(named ? request.name : `${key.name}/cryptoKeyVersions/${key.primary}`);
    requireRoom(key, plaintext, aad);
    const verifiedPlaintextCrc32c = verified('plaintext', plaintext, request.plaintextCrc32c);
    const ciphertext = seal(version, plaintext, aad);
    return {
      name: version.name,
      ciphertext,
      ciphertextCrc32c: checksumOf(ciphertext),
      verifiedPlaintextCrc32c,
      verifiedAdditionalAuthenticatedDataCrc32c: verifiedAad(request),
      protectionLevel: key.hsm ? 'HSM' : 'SOFTWARE',
    };
  },

  Decrypt: (request: DecryptRequest) => {
    if (request.name.includes('/cryptoKeyVersions/')) throw invalid('name must be that of a key');
    const key = symmetric(keys.key(request.name));
    verified('ciphertext', request.ciphertext, request.ciphertextCrc32c);
    verifiedAad(request);
    const { ciphertext } = request;
    const number = ciphertext.length < 4 ? 0 : ciphertext.readUInt32BE();
    const found = key.versions.find((one) => one.number === number);
    if (found === undefined) throw invalid('the ciphertext is invalid');
    const version = keys.enabled(found.name);
    const plaintext = open(version, ciphertext, request.additionalAuthenticatedData);
    return {
      plaintext,
      plaintextCrc32c: checksumOf(plaintext),
      usedPrimary: number === key.primary,
      protectionLevel: key.hsm ? 'HSM' : 'SOFTWARE',
    };
  },

  AsymmetricSign: (request: SignRequest) => {
    const version = keys.enabled(request.name);
    requireSigning(version);
    const key = keys.key(keyOf(request.name));
    if (request.digest !== null) throw invalid('this algorithm signs data, not a digest');
    if (request.data.length > (key.hsm ? 8 : 64) * KIB) throw invalid('data is too long');
    const verifiedDataCrc32c = verified('data', request.data, request.dataCrc32c);
    const signature = signerOf(version).sign(request.data);
    return { name: version.name, signature, signatureCrc32c: checksumOf(signature), verifiedDataCrc32c };
  },

  GetPublicKey: ({ name, publicKeyFormat }: PublicKeyRequest) => {
    const version = keys.enabled(name);
    requireSigning(version);
    const { algorithm } = version;
    const { publicKey } = signerOf(version);
    if (algorithm === 'PQ_SIGN_ML_DSA_44') {
      if (publicKeyFormat !== 'NIST_PQC') throw invalid('this algorithm needs a public_key_format');
      const data = { data: publicKey, crc32cChecksum: checksumOf(publicKey) };
      return { name, algorithm, publicKeyFormat, publicKey: data };
    }
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') };
    const pem = createPublicKey({ key: jwk, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString();
    return { name, algorithm, pem, pemCrc32c: checksumOf(Buffer.from(pem)) };
  },
});

function verifiedAad(request: Additional): boolean {
  const { additionalAuthenticatedData, additionalAuthenticatedDataCrc32c } = request;
  return verified(
    'additional_authenticated_data',
    additionalAuthenticatedData,
    additionalAuthenticatedDataCrc32c,
  );
}

function symmetric(key: Key): Key {
  if (key.algorithm !== 'GOOGLE_SYMMETRIC_ENCRYPTION') throw invalid('the key has another purpose');
  return key;
}

function requireSigning({ algorithm }: Version): void {
  if (algorithm === 'GOOGLE_SYMMETRIC_ENCRYPTION') throw invalid('the key has another purpose');
}

function requireRoom({ hsm }: Key, plaintext: Buffer, aad: Buffer): void {
  const fits = hsm
    ? plaintext.length + aad.length <= 8 * KIB
    : Math.max(plaintext.length, aad.length) <= 64 * KIB;
  if (!fits) throw invalid('the request is too long');
}

/** The version's number ‖ nonce ‖ ciphertext ‖ tag. */
function seal({ number, secret }: Version, plaintext: Buffer, aad: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(number);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(aad);
  return Buffer.concat([head, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open({ secret }: Version, ciphertext: Buffer, aad: Buffer): Buffer {
  const body = ciphertext.subarray(4);
  if (body.length < NONCE_BYTES + TAG_BYTES) throw invalid('the ciphertext is invalid');
  const decipher = createDecipheriv('aes-256-gcm', secret, body.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(aad).setAuthTag(body.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw invalid('the ciphertext is invalid');
  }
}
