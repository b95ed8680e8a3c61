import {
  ed25519FromSeed,
  formatCheckpoint,
  type KeyedSigner,
  logSigner,
  signNote,
} from '@candor/crypto/tlog';

/** A log's head, to be signed: recorded before, without exception. */
export interface Head {
  readonly size: number;
  readonly root: Uint8Array;
}

/** The key that signs the heads of all tenants' logs and the platform's, each under its origin (formats v1 §4.1). */
export class LogKey {
  private constructor(
    /** Ed25519, 32 bytes. */
    readonly publicKey: Uint8Array,
    private readonly sign: (message: Uint8Array) => Promise<Uint8Array>,
  ) {}

  /** @param seed 32 bytes, from the vault */
  static async fromSeed(seed: Uint8Array): Promise<LogKey> {
    const { publicKey, sign } = await ed25519FromSeed(seed);
    return new LogKey(publicKey, sign);
  }

  signer(origin: string): KeyedSigner {
    return logSigner(origin, { publicKey: this.publicKey, sign: this.sign });
  }

  /** The signed checkpoint of a recorded head. The same head always gives the same bytes. */
  note(origin: string, { size, root }: Head): Promise<string> {
    return signNote(formatCheckpoint({ origin, size, root }), [this.signer(origin)]);
  }
}
