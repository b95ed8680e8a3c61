import { fromB64, hex } from '../encoding.js';
import { type Checkpoint, openCheckpoint } from '../tlog/checkpoint.js';
import { rootShownBy, rootShownByLess, verifyConsistency } from '../tlog/verify-proof.js';
import { at, atAsync, broken, type Finding } from './finding.js';
import { type Trust, verifiersOf } from './trust.js';
import { type Head, sameRoot, unjoined, worthless } from './unjoined.js';
import { Unavailable } from './unsigned.js';
import { faultVerdict, type Verdict, verdictOf } from './verdict.js';

/** The most hashes a consistency proof has. */
const MAX_HASHES = 64;

/** Gives the proof between two sizes, one base64 hash a line. @throws Unavailable where there is none; what else it likes */
export type ProofBetween = (from: number, to: number) => Promise<string>;

/** A checkpoint kept from earlier. @throws FormatFault the findings of `openCheckpoint` and `verifiersOf` */
export async function openKept(note: string, trust: Trust): Promise<Checkpoint> {
  const { log } = await verifiersOf(trust);
  return (await openCheckpoint(note, trust.origin, log)).checkpoint;
}

/**
 * Whether one kept checkpoint is the beginning of another. It is broken only where the two contradict each other, or one is not
 * the log's: a proof is nobody's word.
 * @param proof as the log's route gives it: one base64 hash a line, nothing for equal sizes
 * @throws FormatFault for trust that is not usable
 */
export async function verifyKept(old: string, later: string, proof: string, trust: Trust): Promise<Verdict> {
  await verifiersOf(trust);
  try {
    const before = await atAsync({}, () => openKept(old, trust));
    const after = await atAsync({}, () => openKept(later, trust));
    if (after.size < before.size) return checkpointed(after, [exchanged(before, after)]);
    await grown(before, after, () => Promise.resolve(proof));
    return checkpointed(after, []);
  } catch (fault) {
    return faultVerdict(trust.origin, fault);
  }
}

function exchanged(before: Head, { size }: Head): Finding {
  const message =
    `the first checkpoint is of ${before.size} entries and the second of ${size}: name the smaller one first. Where the smaller ` +
    'one was shown later, the log went back: ask whoever runs it';
  return { code: 'kept.size', effect: 'incomplete', message };
}

/**
 * Whether a signed head begins a later one, by what a server gives as the proof. Nobody vouches for a proof: it counts where it
 * leads to the head that was signed, and then also against the other.
 * @param proof may be asked a second time, for one leaf less
 * @throws Broken `kept.root` for two histories; `kept.unjoined`, incomplete, where nothing tells; what else `proof` throws
 */
export async function grown(before: Head, after: Head, proof: ProofBetween): Promise<void> {
  if (before.size === after.size) {
    sameRoot(before, after);
    return;
  }
  if (before.size === 0) return;
  let why = 'the server gives no proof';
  try {
    const hashes = await hashesBetween(before.size, after.size, proof);
    const shown = rootShownBy(before.size, after.size, after.root, hashes);
    const fault = faultOf(before, after, hashes);
    if (fault === undefined) return;
    const other = shown ?? (await shownByLess(before.size, after, proof));
    if (other !== undefined) throw rewritten(before, other);
    why = `what is given as the proof leads nowhere (${fault})`;
  } catch (fault) {
    if (!(fault instanceof Unavailable)) throw fault;
  }
  throw unjoined(before, after, why, 'An export that is checked with both as --kept decides');
}

function rewritten({ size, root }: Head, shown: Uint8Array): Error {
  const message = `the log was rewritten: its first ${size} entries are not those seen before`;
  return broken('kept.root', message, { expected: hex(root), found: hex(shown) });
}

async function shownByLess(size: number, after: Head, proof: ProofBetween): Promise<Uint8Array | undefined> {
  if (size < 4 || !Number.isInteger(Math.log2(size))) return undefined;
  return rootShownByLess(size, after.size, after.root, await hashesBetween(size - 1, after.size, proof));
}

/** @returns no hashes for what is no proof at all */
async function hashesBetween(from: number, to: number, proof: ProofBetween): Promise<readonly Uint8Array[]> {
  const text = await proof(from, to);
  try {
    return at({}, () => proofFrom(text));
  } catch (fault) {
    worthless(fault);
    return [];
  }
}

function faultOf(before: Head, after: Head, hashes: readonly Uint8Array[]): string | undefined {
  try {
    verifyConsistency(before.size, after.size, before.root, after.root, hashes);
    return undefined;
  } catch (fault) {
    return worthless(fault);
  }
}

/** The verdict over a head that the log's key signed. */
export function checkpointed({ origin, size, root }: Checkpoint, findings: readonly Finding[]): Verdict {
  const level = 'checkpointed';
  const nothing = { epoch: null, witnesses: [], witnessedAt: null, pq: null };
  return { verdict: verdictOf(level, findings), level, findings, origin, size, root: hex(root), ...nothing };
}

function proofFrom(text: string): Uint8Array[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > MAX_HASHES) throw broken('json.form', 'too many hashes for a proof');
  return lines.map(fromB64);
}
