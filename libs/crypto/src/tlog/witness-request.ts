import { equalBytes } from '#platform';
import { b64, fromB64 } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { type Checkpoint, openCheckpoint, parseCheckpoint } from './checkpoint.js';
import { parseDecimal } from './decimal.js';
import { splitNote, type Verifier } from './note.js';
import { verifyConsistency } from './verify-proof.js';

/** The most hashes of a request's consistency proof (c2sp.org/tlog-witness). */
const MAX_HASHES = 63;

/** What a log sends to a witness. */
export interface AddCheckpoint {
  /** The size the log believes the witness has seen last. */
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint. */
  readonly note: string;
}

/** The request of a known log whose signature holds. */
export interface TrustedRequest {
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: Checkpoint;
  /** What the witness is to cosign. */
  readonly text: string;
}

/** What a witness keeps of a log: the largest head it cosigned. */
export interface SeenHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** How a witness refuses: a status of HTTP, and for 409 the size it has seen as the body. */
export interface WitnessRefusal {
  readonly status: 400 | 403 | 404 | 409 | 422;
  /** One line of text; for 409 of type `text/x.tlog.size`. */
  readonly body: string;
}

/** The body of `POST <prefix>/add-checkpoint`. */
export function formatAddCheckpoint({ old, proof, note }: AddCheckpoint): string {
  return [`old ${old}`, ...proof.map(b64), '', note].join('\n');
}

/** @throws FormatFault `witness.malformed`, `encoding.malformed` */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const end = body.indexOf('\n\n');
  const [first = '', ...hashes] = body.slice(0, Math.max(end, 0)).split('\n');
  const old = first.startsWith('old ') ? parseDecimal(first.slice(4)) : undefined;
  const proof = hashes.length > MAX_HASHES ? [] : hashes.map(fromB64);
  if (
    end < 0 ||
    old === undefined ||
    proof.length !== hashes.length ||
    proof.some((hash) => hash.length !== 32)
  ) {
    throw new FormatFault(
      'witness.malformed',
      'old size, at most 63 hashes, a blank line and a checkpoint are expected',
    );
  }
  return { old, proof, note: body.slice(end + 2) };
}

/**
 * The first half of a witness's decision, which needs no state: who asks, and does its signature hold?
 * @param keysOf the keys of a log by its origin; undefined for one the witness does not know
 */
export async function readAddCheckpoint(
  body: string,
  keysOf: (origin: string) => readonly Verifier[] | undefined,
): Promise<TrustedRequest | WitnessRefusal> {
  let request: AddCheckpoint;
  let origin: string;
  try {
    request = parseAddCheckpoint(body);
    ({ origin } = parseCheckpoint(splitNote(request.note).text));
  } catch (fault) {
    return refusalFor(fault, 400);
  }
  const keys = keysOf(origin);
  if (keys === undefined) return { status: 404, body: 'this log is not known here\n' };
  try {
    const { checkpoint, text } = await openCheckpoint(request.note, origin, keys);
    return { old: request.old, proof: request.proof, checkpoint, text };
  } catch (fault) {
    return refusalFor(fault, 403);
  }
}

/**
 * The second half: is this head one history with what was seen? MUST run in one step with storing what it returns,
 * before anything is signed (c2sp.org/tlog-witness): the read of `seen` locks it.
 * @param seen the largest head of this log cosigned so far; null for none
 * @returns the head to store and cosign
 */
export function judgeAddCheckpoint(
  request: TrustedRequest,
  seen: SeenHead | null,
): SeenHead | WitnessRefusal {
  const { old, proof, checkpoint } = request;
  const { size, root } = checkpoint;
  if (old > size) return { status: 400, body: 'old is beyond the size of the checkpoint\n' };
  const last = seen?.size ?? 0;
  if (old !== last) return { status: 409, body: `${last}\n` };
  if (old === 0)
    return proof.length === 0 ? { size, root } : unproven('from size 0 there is nothing to prove');
  if (old === size) {
    const same = proof.length === 0 && seen !== null && equalBytes(seen.root, root);
    return same ? { size, root } : unproven('another root at the same size');
  }
  try {
    verifyConsistency(old, size, seen?.root ?? root, root, proof);
    return { size, root };
  } catch (fault) {
    return refusalFor(fault, 422);
  }
}

/** Whether a witness's answer is a refusal. */
export function isRefusal(answer: object): answer is WitnessRefusal {
  return 'status' in answer;
}

function unproven(why: string): WitnessRefusal {
  return { status: 422, body: `${why}\n` };
}

function refusalFor(fault: unknown, status: 400 | 403 | 422): WitnessRefusal {
  if (fault instanceof FormatFault) return { status, body: `${fault.message}\n` };
  throw fault;
}
