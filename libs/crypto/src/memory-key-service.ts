import { openBox, sealBox } from './aead.js';
import type { KeyAdministration, KeyGeneration } from './key-administration.js';
import { type KeyService, KeyServiceFault } from './key-service.js';
import { type Keyring, generationsOf, newKeyring, withGeneration, withoutGeneration } from './keyring.js';
import { MAX_SIGNED_BYTES, type SigningKey, type SigningService } from './signing-service.js';
import { SoftwareKey, signsWith } from './software-key.js';
import { KEY_BYTES } from './wrap.js';

/** KEK versions and signing keys in memory: what the local keyring works with, and the key service of tests. */
export class MemoryKeyService implements KeyService, SigningService, KeyAdministration {
  private readonly keys: readonly SoftwareKey[];
  private keyring: Keyring;

  /**
   * @param keks 32 bytes each, by generation; one random KEK, generation 1, where absent
   * @param rest what else the keyring holds; new signing keys where absent
   */
  constructor(keks?: ReadonlyMap<number, Uint8Array>, rest: Partial<Omit<Keyring, 'keks'>> = {}) {
    const fresh = newKeyring();
    this.keyring = { ...fresh, ...rest, keks: keks ?? fresh.keks };
    this.keys = this.keyring.signing
      .filter(({ algorithm }) => signsWith(algorithm))
      .map(({ version, algorithm, seed }) => new SoftwareKey(version, algorithm, seed));
  }

  current(): Promise<number> {
    return Promise.resolve(Math.max(...this.keyring.keks.keys()));
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

  signingKeys(): Promise<readonly SigningKey[]> {
    return Promise.resolve(
      this.keys.map(({ version, algorithm, publicKey }) => ({ version, algorithm, publicKey })),
    );
  }

  sign(version: string, message: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve) => {
      const key = this.keys.find((one) => one.version === version);
      if (key === undefined)
        throw new KeyServiceFault('unknown-version', `there is no signing key ${version}`);
      if (message.length > MAX_SIGNED_BYTES) {
        throw new KeyServiceFault('bad-request', `at most ${MAX_SIGNED_BYTES} bytes are signed`);
      }
      resolve(key.sign(message));
    });
  }

  generations(): Promise<readonly KeyGeneration[]> {
    return Promise.resolve(generationsOf(this.keyring));
  }

  addGeneration(): Promise<number> {
    this.keyring = withGeneration(this.keyring);
    return this.current();
  }

  destroyDelay(): Promise<number> {
    return Promise.resolve(0);
  }

  /** At once, as in a local keyring. */
  scheduleDestruction(generation: number): Promise<{ readonly destroyAt: Date }> {
    return new Promise((resolve) => {
      const { keyring, destroyAt } = withoutGeneration(this.keyring, generation, new Date());
      this.keyring = keyring;
      resolve({ destroyAt });
    });
  }

  restoreGeneration(generation: number): Promise<void> {
    return this.each(generation, [], [], (kek) => kek).then(() => undefined);
  }

  private each(
    generation: number,
    inputs: readonly Uint8Array[],
    aads: readonly Uint8Array[],
    work: (kek: Uint8Array, input: Uint8Array, aad: Uint8Array) => Uint8Array,
  ): Promise<readonly Uint8Array[]> {
    return new Promise((resolve) => {
      const kek = this.keyring.keks.get(generation);
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
