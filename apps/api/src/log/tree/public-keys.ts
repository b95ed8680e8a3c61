import { formatVkey, verifierKey } from '@candor/crypto/tlog';
import type { Answer } from '../../edge/openapi/answer.js';
import type { PublicKeyAnswer } from './log-keys.controller.js';

/** The name of the key that signs receipts. */
export const receiptKeyName = (operator: string): string => `${operator}/receipts`;

/** The installation's verification keys, each Ed25519, 32 bytes. */
export function publicKeysOf(
  operator: string,
  { logs, receipts }: { readonly logs: Uint8Array; readonly receipts: Uint8Array },
): readonly Answer<PublicKeyAnswer>[] {
  const answer = (purpose: PublicKeyAnswer['purpose'], name: string, key: Uint8Array) => ({
    purpose,
    name,
    vkey: formatVkey(verifierKey(name, 'ed25519', key)),
  });
  return [
    answer('tenant-logs', `${operator}/t`, logs),
    answer('receipts', receiptKeyName(operator), receipts),
  ];
}
