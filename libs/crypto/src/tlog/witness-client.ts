import { FormatFault } from '../fault.js';
import { addSignatures, type NoteSignature, openNote, parseSignatures, type Verifier } from './note.js';
import { formatAddCheckpoint } from './witness-request.js';
import { parseDecimal } from './decimal.js';

/** The part of `fetch` that is used: given by the caller, so that it decides about time limits and addresses. */
export type WitnessFetch = (
  url: string,
  request: { readonly method: 'POST'; readonly body: string },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

/** A witness to ask. */
export interface WitnessAddress {
  /** The submission prefix, without a slash at its end. */
  readonly url: string;
  /** The witness's key: only what verifies with it is taken. */
  readonly verifier: Verifier;
}

/** A head for which a cosignature is wanted. */
export interface CosignatureRequest {
  /** The signed checkpoint. */
  readonly note: string;
  readonly size: number;
  /** The size the witness has seen last, as far as is known; 0 for none. */
  readonly seen: number;
  /** The consistency proof from a size the witness has seen to this one. */
  readonly proofFrom: (old: number) => Promise<readonly Uint8Array[]>;
}

/**
 * Asks a witness for its cosignature (c2sp.org/tlog-witness); when it has seen another size than was thought, once more
 * from there.
 * @returns its lines that hold, at least one
 * @throws FormatFault `witness.unavailable` (no answer, 5xx, 429: worth trying again), `witness.ahead` (it has seen a
 *   larger head: ours is old, or there are two of us), `witness.refused`, and the findings of `parseSignatures` and
 *   `openNote` for an answer that does not hold
 */
export async function requestCosignature(
  { url, verifier }: WitnessAddress,
  request: CosignatureRequest,
  fetch: WitnessFetch,
): Promise<NoteSignature[]> {
  const { note, size, seen } = request;
  let answer = await ask(url, request, Math.min(seen, size), fetch);
  if (answer.status === 409) {
    const known = parseDecimal(answer.text.replace(/\n$/, ''));
    if (known === undefined) throw new FormatFault('witness.malformed', 'a conflict without a size');
    if (known > size) throw new FormatFault('witness.ahead', `the witness has seen size ${known}`);
    answer = await ask(url, request, known, fetch);
  }
  if (answer.status !== 200) throw refused(answer.status);
  const lines = parseSignatures(answer.text).filter(
    ({ name, keyId }) => name === verifier.name && keyId === verifier.keyId,
  );
  await openNote(addSignatures(note.slice(0, note.lastIndexOf('\n\n') + 2), lines), [verifier]);
  return lines;
}

async function ask(
  url: string,
  { note, proofFrom, size }: CosignatureRequest,
  old: number,
  fetch: WitnessFetch,
): Promise<{ status: number; text: string }> {
  const proof = old === 0 || old === size ? [] : await proofFrom(old);
  const body = formatAddCheckpoint({ old, proof, note });
  try {
    const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
    return { status: answer.status, text: await answer.text() };
  } catch {
    throw new FormatFault('witness.unavailable', 'the witness did not answer');
  }
}

function refused(status: number): FormatFault {
  return status >= 500 || status === 429
    ? new FormatFault('witness.unavailable', `the witness answered ${status}`)
    : new FormatFault('witness.refused', `the witness answered ${status}`);
}
