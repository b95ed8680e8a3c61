import { splitNote, type VerifierKey } from '@candor/crypto/tlog';
import type { EntryState } from './log-files.js';

/**
 * What the anchor log's checkpoint over an epoch says of what is in it (formats v1 §6): by whose lines stand below it.
 * @param note the first one that covers the epoch and has its quorum; undefined where there is none yet
 * @param anchor the name of the anchor log's own keys
 */
export function witnessState(
  note: string | undefined,
  anchor: string,
  ownWitnesses: readonly VerifierKey[],
): EntryState {
  const lines = note === undefined ? [] : splitNote(note).signatures;
  const cosigned = lines.filter(({ name }) => name !== anchor);
  if (cosigned.length === 0) return 'anchored';
  const own = cosigned.every((line) =>
    ownWitnesses.some(({ name, keyId }) => name === line.name && keyId === line.keyId),
  );
  return own ? 'self-witnessed' : 'witnessed';
}
