import { b64, fromB64 } from './encoding.js';
import { canonicalize, parseCanonical } from './jcs.js';
import type { Keyring, SigningSeed } from './keyring.js';
import { SecretFileFault } from './owner-file.js';
import { KEY_BYTES } from './wrap.js';

/**
 * The file of a local keyring: JCS of {candor: "keyring/v1", keks: [[generation, b64 of the KEK], …],
 * destroyed: [[generation, milliseconds since 1970], …], signing: [[version, algorithm, b64 of the seed], …]}.
 * Files made before there were signing keys have `candor` and `keks` only. Until the first tagged release it may change
 * again (formats v1).
 */
export function encodeKeyring({ keks, destroyed, signing }: Keyring): Uint8Array {
  return canonicalize({
    candor: 'keyring/v1',
    keks: [...keks].map(([generation, kek]) => [generation, b64(kek)]),
    destroyed: [...destroyed].map(([generation, at]) => [generation, at.getTime()]),
    signing: signing.map(({ version, algorithm, seed }) => [version, algorithm, b64(seed)]),
  });
}

/** @throws SecretFileFault that says nothing of the content */
export function decodeKeyring(path: string, bytes: Uint8Array): Keyring {
  try {
    const file = parseCanonical(bytes) as Readonly<Record<string, unknown>>;
    const { candor, keks, destroyed = [], signing = [], ...unknown } = file;
    if (candor !== 'keyring/v1' || Object.keys(unknown).length > 0) throw new Error('not a keyring');
    const keyring = {
      keks: new Map(rows(keks).map(([g, key]) => [generationOf(g), secretOf(key)])),
      destroyed: new Map(rows(destroyed).map(([g, at]) => [generationOf(g), timeOf(at)])),
      signing: rows(signing).map(seedOf),
    };
    const numbers = new Set([...keyring.keks.keys(), ...keyring.destroyed.keys()]);
    const whole = numbers.size === rows(keks).length + rows(destroyed).length;
    if (!whole || keyring.keks.size === 0 || Object.keys(unknown).length > 0)
      throw new Error('not a keyring');
    return keyring;
  } catch {
    throw new SecretFileFault(`The keyring ${path} is damaged, or not a keyring.`);
  }
}

function rows(value: unknown): readonly (readonly unknown[])[] {
  if (!Array.isArray(value) || !value.every((row) => Array.isArray(row))) throw new Error('not rows');
  return value;
}

function generationOf(value: unknown): number {
  if (typeof value !== 'number' || value < 1 || value > 0xffff_ffff) throw new Error('not a generation');
  return value;
}

function timeOf(value: unknown): Date {
  if (typeof value !== 'number') throw new Error('not a time');
  return new Date(value);
}

function secretOf(value: unknown): Uint8Array {
  const secret = fromB64(String(value));
  if (secret.length !== KEY_BYTES) throw new Error('not a key');
  return secret;
}

function seedOf([version, algorithm, seed]: readonly unknown[]): SigningSeed {
  if (typeof version !== 'string' || (algorithm !== 'ed25519' && algorithm !== 'ml-dsa-44')) {
    throw new Error('not a signing key');
  }
  return { version, algorithm, seed: secretOf(seed) };
}
