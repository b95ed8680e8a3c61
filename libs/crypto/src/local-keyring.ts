import { stat } from 'node:fs/promises';
import type { KeyAdministration, KeyGeneration } from './key-administration.js';
import { type KeyService, KeyServiceFault } from './key-service.js';
import { type Keyring, newKeyring, withGeneration, withoutGeneration, withSigningKeys } from './keyring.js';
import { decodeKeyring, encodeKeyring } from './keyring-file.js';
import { MemoryKeyService } from './memory-key-service.js';
import { SecretFileFault, createOwnerOnly, readOwnerOnly, replaceOwnerOnly } from './owner-file.js';
import type { SigningKey, SigningService } from './signing-service.js';

/** What the file held when it was read. */
interface Known {
  readonly stamp: string | undefined;
  readonly keyring: Keyring;
  readonly service: MemoryKeyService;
}

/**
 * A key service in a file, for one machine: KEK versions and seeds of signing keys, 32 random bytes each, in a file that
 * only its owner can read, in a directory that only its owner can enter. Whoever copies the file opens every key and
 * signs as the operator: it belongs in no backup of the database. Losing it loses all sealed values.
 *
 * The file is looked at before each use, so that every process sees a change at once. While it cannot be read the
 * service is `unavailable`: nothing more is sealed under a key that may be gone.
 */
export class LocalKeyring implements KeyService, SigningService, KeyAdministration {
  private changing: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private known: Known,
  ) {}

  /** @throws SecretFileFault when there is none, others could read it, or it is damaged */
  static async open(path: string): Promise<LocalKeyring> {
    return new LocalKeyring(path, await read(path));
  }

  /**
   * Makes the keyring with generation 1 and its signing keys, durably, or opens the one that is there; of several
   * processes that start at once one makes it. To be called at the first start only: a keyring lost later must not be
   * replaced silently.
   * @throws SecretFileFault
   */
  static async openOrCreate(path: string): Promise<LocalKeyring> {
    if ((await readOwnerOnly(path)) === undefined) await createOwnerOnly(path, encodeKeyring(newKeyring()));
    const keyring = await LocalKeyring.open(path);
    await keyring.addSigningKeys();
    return keyring;
  }

  /**
   * Gives a keyring made before there were signing keys its own, durably; any other stays as it is. One process at a
   * time.
   * @throws SecretFileFault
   */
  async addSigningKeys(): Promise<void> {
    await this.change((keyring) => ({ keyring: withSigningKeys(keyring), result: undefined }));
  }

  async current(): Promise<number> {
    return (await this.service()).current();
  }

  async wrap(
    generation: number,
    plaintexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    return (await this.service()).wrap(generation, plaintexts, aads);
  }

  async unwrap(
    generation: number,
    ciphertexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    return (await this.service()).unwrap(generation, ciphertexts, aads);
  }

  async signingKeys(): Promise<readonly SigningKey[]> {
    return (await this.service()).signingKeys();
  }

  async sign(version: string, message: Uint8Array): Promise<Uint8Array> {
    return (await this.service()).sign(version, message);
  }

  async generations(): Promise<readonly KeyGeneration[]> {
    return (await this.service()).generations();
  }

  /** Adds a generation, durably, and makes it current. One process at a time. @returns its number */
  addGeneration(): Promise<number> {
    return this.change((before) => {
      const keyring = withGeneration(before);
      return { keyring, result: Math.max(...keyring.keks.keys()) };
    });
  }

  /**
   * At once: a file that still held the key until later would have to be rewritten by someone then, and copies of it
   * would not. So there is nothing to restore but a copy of the file, and the generation is final when every copy is
   * gone. One process at a time.
   */
  scheduleDestruction(generation: number): Promise<{ readonly destroyAt: Date }> {
    return this.change((before) => {
      const { keyring, destroyAt } = withoutGeneration(before, generation, new Date());
      return { keyring, result: { destroyAt } };
    });
  }

  async destroyDelay(): Promise<number> {
    return (await this.service()).destroyDelay();
  }

  async restoreGeneration(generation: number): Promise<void> {
    return (await this.service()).restoreGeneration(generation);
  }

  private async service(): Promise<MemoryKeyService> {
    try {
      const stamp = await stampOf(this.path);
      if (stamp === undefined || stamp !== this.known.stamp) this.known = await read(this.path);
      return this.known.service;
    } catch (cause) {
      throw new KeyServiceFault('unavailable', 'the keyring cannot be read', { cause });
    }
  }

  /** Writes what the keyring becomes; changes of one process wait for each other. */
  private change<T>(
    work: (keyring: Keyring) => { readonly keyring: Keyring; readonly result: T },
  ): Promise<T> {
    const changed = this.changing.then(async () => {
      await this.service();
      const { keyring, result } = work(this.known.keyring);
      if (keyring !== this.known.keyring) {
        await replaceOwnerOnly(this.path, encodeKeyring(keyring));
        this.known = await read(this.path);
      }
      return result;
    });
    this.changing = changed.catch(() => undefined);
    return changed;
  }
}

/** Taken before the content is: a change in between is seen at the next use. */
async function read(path: string): Promise<Known> {
  const stamp = await stampOf(path);
  const bytes = await readOwnerOnly(path);
  if (bytes === undefined) throw new SecretFileFault(`There is no keyring at ${path}.`);
  const keyring = decodeKeyring(path, bytes);
  return { stamp, keyring, service: new MemoryKeyService(keyring.keks, keyring) };
}

/** Changes with every write and every replacement; undefined where there is no such file. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, ctimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${ctimeNs}`;
  } catch {
    return undefined;
  }
}
