import { join } from 'node:path';
import { createOwnerOnly, newKey, readOwnerOnly, SoftwareKey } from '@candor/crypto';
import { cosigner, type KeyedSigner } from '@candor/crypto/tlog';
import { WitnessFault } from './fault.js';

const SEED_BYTES = 32;

/**
 * The witness's own key, made at its first start: an Ed25519 seed in a file that only its owner can read. It signs nothing
 * else: the message of a cosignature does not name the cosigner (c2sp.org/tlog-cosignature).
 * @throws SecretFileFault, WitnessFault
 */
export async function witnessSigner(
  directory: string,
  name: string,
  now: () => number,
): Promise<KeyedSigner> {
  const path = join(directory, 'witness.key');
  if ((await readOwnerOnly(path)) === undefined) await createOwnerOnly(path, newKey());
  const seed = await readOwnerOnly(path);
  if (seed?.length !== SEED_BYTES) throw new WitnessFault(`The key ${path} is damaged.`);
  const key = new SoftwareKey('1', 'ed25519', seed);
  const access = {
    algorithm: 'ed25519',
    publicKey: key.publicKey,
    sign: (message: Uint8Array) => Promise.resolve(key.sign(message)),
  } as const;
  try {
    return cosigner(name, access, now);
  } catch {
    throw new WitnessFault('--name has no space, no plus sign and no control character.');
  }
}
