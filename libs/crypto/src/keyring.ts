import type { KeyGeneration } from './key-administration.js';
import { KeyServiceFault } from './key-service.js';
import type { SigningAlgorithm } from './signing-service.js';
import { newKey } from './wrap.js';

/** What a key service of one's own keeps. Values; a change is a new one. */
export interface Keyring {
  /** Living KEKs of 32 bytes by generation; never empty. */
  readonly keks: ReadonlyMap<number, Uint8Array>;
  /** When generations were destroyed. */
  readonly destroyed: ReadonlyMap<number, Date>;
  /** Oldest first, also such as this Node cannot sign with. */
  readonly signing: readonly SigningSeed[];
}

/** The secret of one version of a signing key: 32 bytes, whichever the algorithm. */
export interface SigningSeed {
  readonly version: string;
  readonly algorithm: SigningAlgorithm;
  readonly seed: Uint8Array;
}

const ALGORITHMS: readonly SigningAlgorithm[] = ['ed25519', 'ml-dsa-44'];

/** Generation 1, and a signing key of each algorithm. */
export function newKeyring(): Keyring {
  return withSigningKeys({ keks: new Map([[1, newKey()]]), destroyed: new Map(), signing: [] });
}

/** The same keyring where it has a signing key of each algorithm. */
export function withSigningKeys(keyring: Keyring): Keyring {
  const missing = ALGORITHMS.filter((algorithm) =>
    keyring.signing.every((key) => key.algorithm !== algorithm),
  );
  if (missing.length === 0) return keyring;
  const made = missing.map((algorithm) => ({ version: `${algorithm}/1`, algorithm, seed: newKey() }));
  return { ...keyring, signing: [...keyring.signing, ...made] };
}

/** One more generation than the newest, which cannot be destroyed: no number is used twice. */
export function withGeneration(keyring: Keyring): Keyring {
  const next = Math.max(...keyring.keks.keys()) + 1;
  return { ...keyring, keks: new Map([...keyring.keks, [next, newKey()]]) };
}

/**
 * Without the generation's KEK, since now or since it was destroyed before.
 * @throws KeyServiceFault `bad-request`, `unknown-generation`
 */
export function withoutGeneration(
  keyring: Keyring,
  generation: number,
  now: Date,
): { readonly keyring: Keyring; readonly destroyAt: Date } {
  const before = keyring.destroyed.get(generation);
  if (before !== undefined) return { keyring, destroyAt: before };
  if (!keyring.keks.has(generation)) {
    throw new KeyServiceFault('unknown-generation', `there is no key generation ${generation}`);
  }
  if (generation === Math.max(...keyring.keks.keys())) {
    throw new KeyServiceFault('bad-request', `key generation ${generation} is the current one`);
  }
  const keks = new Map(keyring.keks);
  keks.delete(generation);
  const destroyed = new Map([...keyring.destroyed, [generation, now] as const]);
  return { keyring: { ...keyring, keks, destroyed }, destroyAt: now };
}

export function generationsOf({ keks, destroyed }: Keyring): readonly KeyGeneration[] {
  const living = [...keks.keys()].map((generation) => ({
    generation,
    state: 'enabled' as const,
    destroyAt: null,
  }));
  const gone = [...destroyed].map(([generation, destroyAt]) => ({
    generation,
    state: 'destroyed' as const,
    destroyAt,
  }));
  return [...living, ...gone].sort((a, b) => a.generation - b.generation);
}
