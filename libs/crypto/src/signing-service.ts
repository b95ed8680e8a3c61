/** What a signing key signs with. */
export type SigningAlgorithm = 'ed25519' | 'ml-dsa-44';

/** The public half of one version of a signing key. */
export interface SigningKey {
  /** How the key service calls it, at most 128 characters of ASCII; never used again for another key. */
  readonly version: string;
  readonly algorithm: SigningAlgorithm;
  /** Raw: 32 bytes of Ed25519 (RFC 8032), 1,312 bytes of ML-DSA-44 (FIPS 204). */
  readonly publicKey: Uint8Array;
}

/** The port to signing keys that never leave the key service: the anchor's (formats v1 §5.5). */
export interface SigningService {
  /** Living versions, oldest first; of ML-DSA-44 only where the service signs it. @throws KeyServiceFault `unavailable` */
  signingKeys(): Promise<readonly SigningKey[]>;

  /**
   * Pure Ed25519 (64 bytes) or ML-DSA-44 (2,420 bytes, empty context) over the message itself.
   * @param message at most 8 KiB
   * @throws KeyServiceFault `unknown-version`, `bad-request` (too long), `unavailable`
   */
  sign(version: string, message: Uint8Array): Promise<Uint8Array>;
}

/** What every service signs at least: the least that one takes, a hardware key of Cloud KMS. */
export const MAX_SIGNED_BYTES = 8192;
