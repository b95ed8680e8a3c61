import { equalBytes } from '#platform';
import { fromB64, hex } from '../encoding.js';
import { type Checkpoint, openCheckpoint } from '../tlog/checkpoint.js';
import { FormatFault } from '../fault.js';
import { rootShownBy, verifyConsistency } from '../tlog/verify-proof.js';
import { at, atAsync, Broken, broken, type Finding } from './finding.js';
import { type Trust, verifiersOf } from './trust.js';
import { signed, Unsigned } from './unsigned.js';
import { brokenVerdict, unavailableVerdict, type Verdict, verdictOf } from './verdict.js';

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
    return checkpointed(after, []);
  } catch (fault) {
    return brokenVerdict(trust.origin, fault);
  }
}

export interface HeadLook {
  /** What the log's server gives as its newest checkpoint. */
  readonly note: string;
  /** The one that was kept; null at the first look. */
  readonly kept: string | null;
  /** The proof between two sizes, one base64 hash a line. What it throws is thrown. */
  readonly proof: (from: number, to: number) => Promise<string>;
}

/**
 * Whether a live log continues the head that was kept. It is broken only where two heads that the log's key signed contradict
 * each other; what nobody signed is `log.unavailable`, an older head `kept.size` and incomplete.
 * @throws FormatFault for trust that is not usable, or a kept checkpoint that is not this log's; whatever `proof` throws
 */
export async function verifyHead(look: HeadLook, trust: Trust): Promise<Verdict> {
  const before = look.kept === null ? null : await openKept(look.kept, trust);
  await verifiersOf(trust);
  try {
    const head = await signed("the log's", () => atAsync({}, () => openKept(look.note, trust)));
    if (before === null) return checkpointed(head, []);
    if (head.size < before.size) return checkpointed(head, [older(before, head)]);
    await grown(before, head, look.proof);
    return checkpointed(head, []);
  } catch (fault) {
    if (fault instanceof Unsigned) return unavailableVerdict(trust.origin, fault.message);
    return brokenVerdict(trust.origin, fault);
  }
}

/** An older head contradicts nothing: a cache may have it. Who goes on from it in another way is found when it has grown. */
function older(before: Checkpoint, { size }: Checkpoint): Finding {
  const message =
    `the log's server shows an older head: of ${size} entries, where ${before.size} were seen. A cache may do so, or a ` +
    'store that was restored; where it stays so, ask the operator';
  return { code: 'kept.size', effect: 'incomplete', message };
}

/** @throws Unsigned for a proof that says nothing, Broken `kept.root`; what `proof` throws */
export async function grown(before: Checkpoint, after: Checkpoint, proof: HeadLook['proof']): Promise<void> {
  if (before.size === after.size || before.size === 0) {
    follow(before, after, '');
    return;
  }
  const text = await proof(before.size, after.size);
  let hashes: Uint8Array[] = [];
  try {
    hashes = at({}, () => proofFrom(text));
    verifyConsistency(before.size, after.size, before.root, after.root, hashes);
  } catch (fault) {
    if (!(fault instanceof FormatFault || fault instanceof Broken)) throw fault;
    // A proof is nobody's word. It counts where it leads to the root that was signed: then that is of another history.
    const shown = rootShownBy(before.size, after.size, after.root, hashes);
    if (shown === undefined) {
      throw new Unsigned(
        `the proof does not lead from the head kept, of ${before.size} entries, to the newest, of ${after.size}. Where it ` +
          'stays so, take an export and check it with --kept: that decides whether the log was rewritten',
      );
    }
    const message = `the log was rewritten: its first ${before.size} entries are not those seen before`;
    throw broken('kept.root', message, { expected: hex(before.root), found: hex(shown) });
  }
}

function checkpointed({ origin, size, root }: Checkpoint, findings: readonly Finding[]): Verdict {
  const level = 'checkpointed';
  const nothing = { epoch: null, witnesses: [], witnessedAt: null, pq: null };
  return { verdict: verdictOf(level, findings), level, findings, origin, size, root: hex(root), ...nothing };
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
