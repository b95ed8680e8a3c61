import { equalBytes } from '#platform';
import { fromB64, hex } from '../encoding.js';
import { type Checkpoint, openCheckpoint } from '../tlog/checkpoint.js';
import { verifyConsistency } from '../tlog/verify-proof.js';
import { at, atAsync, broken } from './finding.js';
import { type Trust, verifiersOf } from './trust.js';
import { brokenVerdict, type Verdict } from './verdict.js';

/** The most hashes a consistency proof has. */
const MAX_HASHES = 64;

/** A checkpoint kept from earlier. @throws FormatFault the findings of `openCheckpoint` and `verifiersOf` */
export async function openKept(note: string, trust: Trust): Promise<Checkpoint> {
  const { log } = await verifiersOf(trust);
  return (await openCheckpoint(note, trust.origin, log)).checkpoint;
}

/**
 * Whether one kept checkpoint is the beginning of another.
 * @param proof as the log's route gives it: one base64 hash a line, nothing for equal sizes
 * @throws FormatFault for trust that is not usable
 */
export async function verifyKept(old: string, later: string, proof: string, trust: Trust): Promise<Verdict> {
  await verifiersOf(trust);
  try {
    const before = await atAsync({}, () => openKept(old, trust));
    const after = await atAsync({}, () => openKept(later, trust));
    follow(before, after, proof);
    const { size, root } = after;
    const nothing = { findings: [], epoch: null, witnesses: [], witnessedAt: null, pq: null };
    return {
      ...nothing,
      verdict: 'checkpointed',
      level: 'checkpointed',
      origin: trust.origin,
      size,
      root: hex(root),
    };
  } catch (fault) {
    return brokenVerdict(trust.origin, fault);
  }
}

function follow(before: Checkpoint, after: Checkpoint, proof: string): void {
  const hashes = { expected: hex(before.root), found: hex(after.root) };
  if (after.size < before.size) {
    throw broken('kept.size', `the log had ${before.size} entries and now has ${after.size}`, hashes);
  }
  if (after.size === before.size && !equalBytes(before.root, after.root)) {
    throw broken('kept.root', 'two signed heads of one size differ: the log is forked', hashes);
  }
  if (before.size === 0) return;
  at({}, () => {
    verifyConsistency(before.size, after.size, before.root, after.root, proofFrom(proof));
  });
}

function proofFrom(text: string): Uint8Array[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > MAX_HASHES) throw broken('json.form', 'too many hashes for a proof');
  return lines.map(fromB64);
}
