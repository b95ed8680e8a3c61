import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatVkey, verifierKey } from '@candor/crypto/tlog';
import { type KeyServiceSettings, openKeyService } from '@candor/key-service';
import { Problem } from './problem.js';

export interface AnchorWitnesses {
  /** The file that says which witnesses are asked (c2sp.org/tlog-policy). */
  readonly policy: string;
  /** Keys of witnesses that are the operator's own, with commas between: no cosignature of theirs is called another's. */
  readonly ownWitnesses: string;
}

/** The verification keys of the anchor log: every living one. */
export async function anchorVkeys(
  settings: KeyServiceSettings,
  operator: string,
): Promise<readonly string[]> {
  const service = await openKeyService(settings);
  try {
    const keys = await service.signingKeys();
    return keys
      .filter(({ algorithm }) => algorithm === 'ed25519')
      .map(({ publicKey }) => formatVkey(verifierKey(`${operator}/anchor`, 'ed25519', publicKey)));
  } finally {
    await service.close();
  }
}

/**
 * The policy that asks our own witness alone, written down for the projector.
 * @throws Problem when the witness does not say what its key is
 */
export async function ownPolicy(
  directory: string,
  url: string,
  logs: readonly string[],
): Promise<AnchorWitnesses> {
  const vkey = (await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text()).trim();
  const policy = join(directory, 'policy.txt');
  const lines = [...logs.map((log) => `log ${log}`), `witness own ${vkey} ${url}`, 'quorum own'];
  try {
    await writeFile(policy, `${lines.join('\n')}\n`, { mode: 0o600 });
  } catch {
    throw new Problem(`The policy ${policy} cannot be written.`);
  }
  return { policy, ownWitnesses: vkey };
}
