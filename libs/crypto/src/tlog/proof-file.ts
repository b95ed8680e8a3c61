import { b64, fromB64 } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.js';
import { parseDecimal } from './decimal.js';
import type { Verifier } from './note.js';
import { verifyInclusion } from './verify-proof.js';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
/** No tree of 2^53 leaves has a longer path. */
const MAX_HASHES = 53;

/** An inclusion proof that stands alone: c2sp.org/tlog-proof, without its `extra` line, which nothing authenticates. */
export interface ProofFile {
  readonly index: number;
  /** The leaf's sibling first. */
  readonly proof: readonly Uint8Array[];
  /** A signed checkpoint, as it was received. */
  readonly note: string;
}

export function formatProofFile({ index, proof, note }: ProofFile): string {
  return [FIRST_LINE, `index ${index}`, ...proof.map(b64), '', note].join('\n');
}

/** Reads what `formatProofFile` writes. The note is not looked at. @throws FormatFault `proof-file.malformed`, `encoding.malformed` */
export function parseProofFile(text: string): ProofFile {
  const end = text.indexOf('\n\n');
  const [first, indexLine = '', ...hashes] = text.slice(0, Math.max(end, 0)).split('\n');
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice(6)) : undefined;
  if (end < 0 || first !== FIRST_LINE || index === undefined || hashes.length > MAX_HASHES) throw malformed();
  return { index, proof: hashes.map(hashFrom), note: text.slice(end + 2) };
}

/**
 * Opens the checkpoint in a proof file and follows the path from the leaf to its root.
 * @param leaf the leaf hash
 * @throws FormatFault the findings of `openCheckpoint` and `verifyInclusion`
 */
export async function openProofFile(
  file: ProofFile,
  leaf: Uint8Array,
  origin: string,
  verifiers: readonly Verifier[],
): Promise<OpenedCheckpoint> {
  const opened = await openCheckpoint(file.note, origin, verifiers);
  verifyInclusion(file.index, opened.checkpoint.size, leaf, file.proof, opened.checkpoint.root);
  return opened;
}

/** One 32-byte hash in base64. @throws FormatFault `proof-file.malformed`, `encoding.malformed` */
function hashFrom(line: string): Uint8Array {
  const hash = fromB64(line);
  if (hash.length !== 32) throw malformed();
  return hash;
}

function malformed(): FormatFault {
  return new FormatFault(
    'proof-file.malformed',
    'a tlog-proof of index, base64 hashes and checkpoint is expected',
  );
}
