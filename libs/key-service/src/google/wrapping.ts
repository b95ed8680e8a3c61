import { KEY_BYTES, type KeyService, KeyServiceFault } from '@candor/crypto';
import { type Caller, Refusal } from './caller.js';
import { checked, checksum, requireSame, requireVerified } from './checks.js';
import { Code } from './codes.js';
import { each } from './each.js';
import { versionNumber, versionPath } from './names.js';

/** What one call takes with any protection level: 8 KiB of an HSM's key, plaintext and additional data together. */
export const MAX_CALL_BYTES = 8192;
const AT_ONCE = 16;

/** The KEK: a symmetric key of Cloud KMS. Generation g is its version g (formats v1 §3.1). */
export class GoogleWrapping implements KeyService {
  /** @param key the resource name of the KEK */
  constructor(
    private readonly caller: Caller,
    private readonly key: string,
  ) {}

  /** The primary version. */
  async current(): Promise<number> {
    const primary = await this.ask('GetCryptoKey', () =>
      this.caller.call('GetCryptoKey', async (client, options) => {
        const [key] = await client.getCryptoKey({ name: this.key }, options);
        return versionNumber(this.key, key.primary?.name);
      }),
    );
    if (primary === undefined) throw new KeyServiceFault('unavailable', 'the key has no primary version');
    return primary;
  }

  async wrap(
    generation: number,
    plaintexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    requirePairs(plaintexts, aads);
    for (const plaintext of plaintexts) {
      if (plaintext.length !== KEY_BYTES) throw new KeyServiceFault('bad-request', 'a key has 32 bytes');
    }
    return each(plaintexts, AT_ONCE, (plaintext, i) => this.encrypt(generation, plaintext, aads[i]));
  }

  async unwrap(
    generation: number,
    ciphertexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    requirePairs(ciphertexts, aads);
    return each(ciphertexts, AT_ONCE, (ciphertext, i) => this.decrypt(generation, ciphertext, aads[i]));
  }

  private encrypt(
    generation: number,
    plaintext: Uint8Array,
    aad: Uint8Array = new Uint8Array(),
  ): Promise<Uint8Array> {
    const name = versionPath(this.key, generation);
    const request = {
      name,
      plaintext,
      plaintextCrc32c: checksum(plaintext),
      additionalAuthenticatedData: aad,
      additionalAuthenticatedDataCrc32c: checksum(aad),
    };
    const send = () =>
      this.caller.call('Encrypt', async (client, options) => {
        const [answer] = await client.encrypt(request, options);
        requireSame(answer.name, name);
        requireVerified(answer.verifiedPlaintextCrc32c, answer.verifiedAdditionalAuthenticatedDataCrc32c);
        return checked(answer.ciphertext, answer.ciphertextCrc32c);
      });
    return this.ask('Encrypt', send, generation);
  }

  /** The service finds the version in the ciphertext, so that the generation is only looked at when it does not open. */
  private decrypt(
    generation: number,
    ciphertext: Uint8Array,
    aad: Uint8Array = new Uint8Array(),
  ): Promise<Uint8Array> {
    const request = {
      name: this.key,
      ciphertext,
      ciphertextCrc32c: checksum(ciphertext),
      additionalAuthenticatedData: aad,
      additionalAuthenticatedDataCrc32c: checksum(aad),
    };
    const send = () =>
      this.caller.call('Decrypt', async (client, options) => {
        const [answer] = await client.decrypt(request, options);
        const plaintext = checked(answer.plaintext, answer.plaintextCrc32c);
        if (plaintext.length !== KEY_BYTES) throw new Refusal(Code.INVALID_ARGUMENT);
        return plaintext;
      });
    return this.ask('Decrypt', send, generation);
  }

  private async ask<T>(name: string, send: () => Promise<T>, generation?: number): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (generation !== undefined && !(await this.isEnabled(generation, error))) {
        throw new KeyServiceFault('unknown-generation', `key generation ${generation} cannot be used`);
      }
      if (name === 'Decrypt' && error.code === Code.INVALID_ARGUMENT) {
        throw new KeyServiceFault('refused', 'a wrapped key does not open');
      }
      throw new KeyServiceFault('unavailable', `Cloud KMS does not do ${name} (gRPC status ${error.code})`);
    }
  }

  /** Where versions may not be looked at, the refusal itself has to tell. */
  private async isEnabled(generation: number, refusal: Refusal): Promise<boolean> {
    try {
      return await this.caller.call('GetCryptoKeyVersion', async (client, options) => {
        const [version] = await client.getCryptoKeyVersion(
          { name: versionPath(this.key, generation) },
          options,
        );
        return version.state === 'ENABLED';
      });
    } catch (error) {
      return !(error instanceof Refusal) && refusal.code === Code.INVALID_ARGUMENT;
    }
  }
}

function requirePairs(inputs: readonly Uint8Array[], aads: readonly Uint8Array[]): void {
  if (inputs.length !== aads.length) {
    throw new KeyServiceFault('bad-request', 'one additional data for each input is expected');
  }
  if (inputs.some((input, i) => input.length + (aads[i]?.length ?? 0) > MAX_CALL_BYTES)) {
    throw new KeyServiceFault('bad-request', `at most ${MAX_CALL_BYTES} bytes fit one call`);
  }
}
