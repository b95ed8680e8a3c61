import { openBox, sealBox } from './aead.js';
import { KEY_BYTES, newKey } from './wrap.js';

/**
 * The port to whatever holds the key-encryption keys: a cloud key service, or a local keyring. A generation is one
 * version of the one KEK (formats v1 §3.1).
 */
export interface KeyService {
  /** The newest generation: an integer from 1 to 2^32−1. @throws KeyServiceFault `unavailable` */
  current(): Promise<number>;

  /**
   * Wraps 32-byte keys, each under its additional data; the results in order. All or nothing.
   * @throws KeyServiceFault `unknown-generation`, `bad-request` (lengths, or not 32 bytes), `unavailable`
   */
  wrap(
    generation: number,
    plaintexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]>;

  /**
   * Opens what `wrap` gave out under the same generation and additional data; the results in order. All or nothing.
   * @throws KeyServiceFault `refused` when one does not open, `unknown-generation`, `bad-request`, `unavailable`
   */
  unwrap(
    generation: number,
    ciphertexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]>;
}

/** Stable reasons of a key service. Only `unavailable` is worth a retry. */
export type KeyServiceReason = 'unknown-generation' | 'bad-request' | 'refused' | 'unavailable';

export class KeyServiceFault extends Error {
  override readonly name = 'KeyServiceFault';
  constructor(
    readonly reason: KeyServiceReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** KEK versions in memory: what the local keyring works with, and by itself the key service of tests. */
export class MemoryKeyService implements KeyService {
  /** @param keks 32 bytes each, by generation; one random KEK, generation 1, where absent */
  constructor(private readonly keks: ReadonlyMap<number, Uint8Array> = new Map([[1, newKey()]])) {}

  current(): Promise<number> {
    return Promise.resolve(Math.max(...this.keks.keys()));
  }

  wrap(
    generation: number,
    plaintexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    return this.each(generation, plaintexts, aads, (kek, plaintext, aad) => {
      if (plaintext.length !== KEY_BYTES) throw new KeyServiceFault('bad-request', 'a key has 32 bytes');
      return sealBox(kek, plaintext, aad);
    });
  }

  unwrap(
    generation: number,
    ciphertexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    return this.each(generation, ciphertexts, aads, (kek, ciphertext, aad) => {
      const plaintext = openBox(kek, ciphertext, aad);
      if (plaintext?.length !== KEY_BYTES)
        throw new KeyServiceFault('refused', 'a wrapped key does not open');
      return plaintext;
    });
  }

  private each(
    generation: number,
    inputs: readonly Uint8Array[],
    aads: readonly Uint8Array[],
    work: (kek: Uint8Array, input: Uint8Array, aad: Uint8Array) => Uint8Array,
  ): Promise<readonly Uint8Array[]> {
    return new Promise((resolve) => {
      const kek = this.keks.get(generation);
      if (kek === undefined) {
        throw new KeyServiceFault('unknown-generation', `there is no key generation ${generation}`);
      }
      if (inputs.length !== aads.length) {
        throw new KeyServiceFault('bad-request', 'one additional data for each input is expected');
      }
      resolve(inputs.map((input, i) => work(kek, input, aads[i] ?? new Uint8Array())));
    });
  }
}
