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
   * Opens what `wrap` gave out under the same generation and additional data; the results in order. All or nothing. A
   * service may find the generation in the wrap by itself: the additional data MUST name it, as formats v1 §3.1 has it.
   * @throws KeyServiceFault `refused` when one does not open, `unknown-generation`, `bad-request`, `unavailable`
   */
  unwrap(
    generation: number,
    ciphertexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]>;
}

/** Stable reasons of a key service. Only `unavailable` is worth a retry. */
export type KeyServiceReason =
  'unknown-generation' | 'unknown-version' | 'bad-request' | 'refused' | 'unavailable';

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
