import { createPublicKey } from 'node:crypto';
import {
  KeyServiceFault,
  MAX_SIGNED_BYTES,
  type SigningAlgorithm,
  type SigningKey,
  type SigningService,
} from '@candor/crypto';
import { BadAnswer, type Caller, Refusal } from './caller.js';
import { checked, checksum, requireSame, requireVerified } from './checks.js';
import { Code } from './codes.js';
import { keyPath, signingVersion, versionNumber, versionPath } from './names.js';

const FORMS = {
  ed25519: { kms: 'EC_SIGN_ED25519', publicBytes: 32, signatureBytes: 64 },
  'ml-dsa-44': { kms: 'PQ_SIGN_ML_DSA_44', publicBytes: 1312, signatureBytes: 2420 },
} as const;

/** The names of the signing keys in the key ring. */
export type SigningKeyNames = Readonly<Record<SigningAlgorithm, string>>;

/** Asymmetric keys of Cloud KMS, one for each algorithm; which of them exist is the key ring's matter. */
export class GoogleSigning implements SigningService {
  private readonly publicKeys = new Map<string, Uint8Array>();

  constructor(
    private readonly caller: Caller,
    private readonly keyRing: string,
    private readonly names: SigningKeyNames,
  ) {}

  /** Enabled versions of the right algorithm. A key that the ring does not have has none. */
  async signingKeys(): Promise<readonly SigningKey[]> {
    const [ed25519, mlDsa44] = await Promise.all([this.versionsOf('ed25519'), this.versionsOf('ml-dsa-44')]);
    return [...ed25519, ...mlDsa44].sort((a, b) => a.since - b.since).map(({ key }) => key);
  }

  async sign(version: string, message: Uint8Array): Promise<Uint8Array> {
    const known = signingVersion(Object.values(this.names), version);
    if (known === undefined) throw unknownVersion(version);
    if (message.length > MAX_SIGNED_BYTES) {
      throw new KeyServiceFault('bad-request', `at most ${MAX_SIGNED_BYTES} bytes are signed`);
    }
    const name = versionPath(keyPath(this.keyRing, known.key), known.number);
    const form = FORMS[known.key === this.names.ed25519 ? 'ed25519' : 'ml-dsa-44'];
    const request = { name, data: message, dataCrc32c: checksum(message) };
    return this.ask(version, () =>
      this.caller.call('AsymmetricSign', async (client, options) => {
        const [answer] = await client.asymmetricSign(request, options);
        requireSame(answer.name, name);
        requireVerified(answer.verifiedDataCrc32c);
        const signature = checked(answer.signature, answer.signatureCrc32c);
        if (signature.length !== form.signatureBytes) throw new BadAnswer('a signature of another length');
        return signature;
      }),
    );
  }

  private async versionsOf(algorithm: SigningAlgorithm) {
    const key = keyPath(this.keyRing, this.names[algorithm]);
    const versions = await this.list(key);
    const usable = versions.filter((version) => version.algorithm === FORMS[algorithm].kms);
    return Promise.all(
      usable.map(async ({ name, createTime }) => ({
        since: Number(createTime?.seconds ?? 0) * 1000 + (createTime?.nanos ?? 0) / 1e6,
        key: {
          version: `${this.names[algorithm]}/${versionNumber(key, name) ?? ''}`,
          algorithm,
          publicKey: await this.publicKey(String(name), algorithm),
        },
      })),
    );
  }

  private async list(parent: string) {
    try {
      return await this.caller.call('ListCryptoKeyVersions', async (client, options) => {
        const [versions] = await client.listCryptoKeyVersions({ parent, filter: 'state=ENABLED' }, options);
        return versions;
      });
    } catch (error) {
      if (error instanceof Refusal && error.code === Code.NOT_FOUND) return [];
      throw unavailable(error);
    }
  }

  /** The public key of a version never changes. */
  private async publicKey(name: string, algorithm: SigningAlgorithm): Promise<Uint8Array> {
    const known = this.publicKeys.get(name);
    if (known !== undefined) return known;
    const key = await (algorithm === 'ed25519' ? this.pem(name) : this.raw(name)).catch((error: unknown) => {
      throw unavailable(error);
    });
    this.publicKeys.set(name, key);
    return key;
  }

  private pem(name: string): Promise<Uint8Array> {
    return this.caller.call('GetPublicKey', async (client, options) => {
      const [answer] = await client.getPublicKey({ name }, options);
      requireSame(answer.name, name);
      const pem = checked(Buffer.from(answer.pem ?? ''), answer.pemCrc32c);
      const { x } = createPublicKey(Buffer.from(pem)).export({ format: 'jwk' });
      return rightLength(Uint8Array.from(Buffer.from(x ?? '', 'base64url')), 'ed25519');
    });
  }

  /** ML-DSA's are given only in a form that is asked for; this one is FIPS 204's own. */
  private raw(name: string): Promise<Uint8Array> {
    return this.caller.call('GetPublicKey', async (client, options) => {
      const [answer] = await client.getPublicKey({ name, publicKeyFormat: 'NIST_PQC' }, options);
      requireSame(answer.name, name);
      return rightLength(checked(answer.publicKey?.data, answer.publicKey?.crc32cChecksum), 'ml-dsa-44');
    });
  }

  private async ask<T>(version: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (error instanceof Refusal && error.code !== Code.INVALID_ARGUMENT) throw unknownVersion(version);
      throw unavailable(error);
    }
  }
}

function rightLength(key: Uint8Array, algorithm: SigningAlgorithm): Uint8Array {
  if (key.length !== FORMS[algorithm].publicBytes) throw new BadAnswer('a public key of another length');
  return key;
}

const unknownVersion = (version: string) =>
  new KeyServiceFault('unknown-version', `there is no signing key ${version}`);

function unavailable(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  return new KeyServiceFault('unavailable', `Cloud KMS does not sign (gRPC status ${error.code})`);
}
