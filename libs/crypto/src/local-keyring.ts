import { type KeyService, MemoryKeyService } from './key-service.js';
import { KEY_BYTES, newKey } from './wrap.js';
import { b64, fromB64 } from './encoding.js';
import { canonicalize, parseCanonical } from './jcs.js';
import { SecretFileFault, createOwnerOnly, readOwnerOnly, replaceOwnerOnly } from './owner-file.js';

/**
 * A key service in a file, for one machine: KEK versions of 32 random bytes, in a file that only its owner can read,
 * in a directory that only its owner can enter. Whoever copies the file opens every key: it belongs in no backup of
 * the database. Losing it loses all sealed values.
 */
export class LocalKeyring implements KeyService {
  private service: MemoryKeyService;

  private constructor(
    private readonly path: string,
    private keks: ReadonlyMap<number, Uint8Array>,
  ) {
    this.service = new MemoryKeyService(keks);
  }

  /** @throws SecretFileFault when there is none, others could read it, or it is damaged */
  static async open(path: string): Promise<LocalKeyring> {
    const bytes = await readOwnerOnly(path);
    if (bytes === undefined) throw new SecretFileFault(`There is no keyring at ${path}.`);
    return new LocalKeyring(path, decode(path, bytes));
  }

  /**
   * Makes the keyring with generation 1, durably, or opens the one that is there; of several processes that start at
   * once one makes it. To be called at the first start only: a keyring lost later must not be replaced silently.
   * @throws SecretFileFault
   */
  static async openOrCreate(path: string): Promise<LocalKeyring> {
    if ((await readOwnerOnly(path)) === undefined) {
      await createOwnerOnly(path, encode(new Map([[1, newKey()]])));
    }
    return LocalKeyring.open(path);
  }

  /** Adds a generation, durably, and makes it current. One process at a time. @returns its number */
  async addGeneration(): Promise<number> {
    const next = (await this.current()) + 1;
    const keks = new Map([...this.keks, [next, newKey()]]);
    await replaceOwnerOnly(this.path, encode(keks));
    this.keks = keks;
    this.service = new MemoryKeyService(keks);
    return next;
  }

  current(): Promise<number> {
    return this.service.current();
  }

  wrap(
    generation: number,
    plaintexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    return this.service.wrap(generation, plaintexts, aads);
  }

  unwrap(
    generation: number,
    ciphertexts: readonly Uint8Array[],
    aads: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    return this.service.unwrap(generation, ciphertexts, aads);
  }
}

/** The file: JCS of {candor: "keyring/v1", keks: [[generation, b64 of the KEK], …]}. */
function encode(keks: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const rows = [...keks].map(([generation, kek]) => [generation, b64(kek)] as const);
  return canonicalize({ candor: 'keyring/v1', keks: rows });
}

function decode(path: string, bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  try {
    const file = parseCanonical(bytes) as { candor?: unknown; keks?: unknown } | null;
    if (file?.candor !== 'keyring/v1' || !Array.isArray(file.keks)) throw new Error('not a keyring');
    const keks = new Map((file.keks as readonly unknown[]).map(row));
    if (keks.size === 0 || keks.size !== file.keks.length) throw new Error('not a keyring');
    return keks;
  } catch {
    throw new SecretFileFault(`The keyring ${path} is damaged, or not a keyring.`);
  }
}

function row(value: unknown): [number, Uint8Array] {
  if (!Array.isArray(value)) throw new Error('not a row');
  const [generation, text] = value as readonly unknown[];
  if (typeof generation !== 'number' || generation < 1 || generation > 0xffff_ffff)
    throw new Error('not a row');
  const kek = fromB64(String(text));
  if (kek.length !== KEY_BYTES) throw new Error('not a key');
  return [generation, kek];
}
