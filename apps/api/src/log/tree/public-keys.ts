import { anchorOrigin } from '@candor/checkpoints';
import type { SigningKey } from '@candor/crypto';
import { formatVkey, type VerifierKey, verifierKey } from '@candor/crypto/tlog';
import type { Answer } from '../../edge/openapi/answer.js';
import type { PublicKeyAnswer } from './log-keys.controller.js';

/** The name of the key that signs receipts. */
export const receiptKeyName = (operator: string): string => `${operator}/receipts`;

export interface InstallationKeys {
  /** Ed25519, 32 bytes each. */
  readonly logs: Uint8Array;
  readonly receipts: Uint8Array;
  /** Every living one, of each algorithm. */
  readonly anchor: readonly SigningKey[];
  readonly ownWitnesses: readonly VerifierKey[];
}

/** The installation's verification keys: what it publishes as its own, its witnesses too. */
export function publicKeysOf(
  operator: string,
  { logs, receipts, anchor, ownWitnesses }: InstallationKeys,
): readonly Answer<PublicKeyAnswer>[] {
  const answer = (purpose: PublicKeyAnswer['purpose'], key: VerifierKey) => ({
    purpose,
    name: key.name,
    vkey: formatVkey(key),
  });
  return [
    answer('tenant-logs', verifierKey(`${operator}/t`, 'ed25519', logs)),
    answer('receipts', verifierKey(receiptKeyName(operator), 'ed25519', receipts)),
    ...anchor.map(({ algorithm, publicKey }) => {
      const type = algorithm === 'ed25519' ? 'ed25519' : 'ml-dsa-44-cosignature';
      return answer('anchor', verifierKey(anchorOrigin(operator), type, publicKey));
    }),
    ...ownWitnesses.map((key) => answer('witness', key)),
  ];
}
