import { equalBytes } from '#platform';
import type { Checkpoint } from '../tlog/checkpoint.js';
import { openCheckpoint } from '../tlog/checkpoint.js';
import type { VerifiedSignature } from '../tlog/note.js';
import { isQuorum, type Policy } from '../tlog/policy.js';
import type { VerifierKey } from '../tlog/vkey.js';
import { broken, type Finding } from './finding.js';
import { anchorVerifiers, type Trust, type Verifiers } from './trust.js';

/** How far a cosignature may be before the time of the epoch it covers, in seconds (formats v1 §5.6). */
export const CLOCK_SECONDS = 300;

/** What an anchor checkpoint is worth. */
export interface AnchorHead {
  readonly checkpoint: Checkpoint;
  readonly level: 'anchored' | 'self-witnessed' | 'witnessed';
  /** Names, by the policy, of those who cosigned and are not the operator's; of the operator's own when self-witnessed. */
  readonly witnesses: readonly string[];
  /** When the quorum was reached, Unix seconds: the head existed then at the latest. */
  readonly witnessedAt: number | null;
  /** Whether the anchor signed with ML-DSA-44 too. */
  readonly pq: boolean;
  /** Times of all cosignatures that hold. */
  readonly times: readonly number[];
  /** Whether it is known which witnesses are the operator's own. */
  readonly ownKnown: boolean;
}

interface Cosigned {
  readonly name: string;
  readonly own: boolean;
  readonly time: number;
}

/**
 * Opens a checkpoint of the anchor log and weighs its cosignatures.
 * @param own witness keys of the operator, by their public bytes; null where they are not known: then each may be one
 * @throws FormatFault the findings of `openCheckpoint`; Broken `anchor.missing` when the anchor's own key did not sign
 */
export async function openAnchor(
  note: string,
  verifiers: Pick<Verifiers, 'anchor' | 'anchorOrigin'>,
  policy: Policy,
  own: readonly Uint8Array[] | null,
): Promise<AnchorHead> {
  const { checkpoint, verified } = await openCheckpoint(note, verifiers.anchorOrigin ?? '', verifiers.anchor);
  const signedBy = (signature: VerifiedSignature): boolean =>
    policy.logs.some(({ key }) => key.keyId === signature.keyId && key.name === signature.name);
  const logs = verified.filter(signedBy);
  if (!logs.some(({ type }) => type === 'ed25519'))
    throw broken('anchor.missing', "the anchor's own key did not sign");
  const cosigned: Cosigned[] = [];
  for (const { name, key } of policy.witnesses) {
    const line = verified.find((one) => one.keyId === key.keyId && one.name === key.name);
    // Without a time, or with 0 (c2sp.org/tlog-cosignature), nobody says when this was the largest head, nor that it was.
    const time = line?.time ?? 0;
    if (time === 0) continue;
    const isOwn = own === null || own.some((bytes) => equalBytes(bytes, key.publicKey));
    cosigned.push({ name, own: isOwn, time });
  }
  const pq = logs.some(({ type }) => type === 'ml-dsa-44-cosignature');
  const times = cosigned.map(({ time }) => time);
  return { checkpoint, pq, times, ownKnown: own !== null, ...weigh(policy, cosigned) };
}

/**
 * What a verdict gives an entry whose head is proven to stand below a checkpoint of the anchor log.
 * @param own the operator's own witness keys
 * @throws FormatFault, Broken: the checkpoint is not the anchor log's, by this policy
 */
export async function levelUnder(
  note: string,
  policy: Policy,
  own: readonly VerifierKey[],
): Promise<AnchorHead['level']> {
  const keys = own.map(({ publicKey }) => publicKey);
  return (await openAnchor(note, await anchorVerifiers(policy), policy, keys)).level;
}

function weigh(
  policy: Policy,
  cosigned: readonly Cosigned[],
): Pick<AnchorHead, 'level' | 'witnesses' | 'witnessedAt'> {
  const others = cosigned.filter(({ own }) => !own);
  for (const [level, some] of [
    ['witnessed', others],
    ['self-witnessed', cosigned],
  ] as const) {
    const witnessedAt = quorumTime(policy, some);
    if (witnessedAt !== null) return { level, witnesses: some.map(({ name }) => name), witnessedAt };
  }
  return { level: 'anchored', witnesses: [], witnessedAt: null };
}

/** The earliest time by which the cosignatures up to it were a quorum. */
function quorumTime(policy: Policy, cosigned: readonly Cosigned[]): number | null {
  const reached = new Set<string>();
  for (const { name, time } of [...cosigned].sort((a, b) => a.time - b.time)) {
    reached.add(name);
    if (isQuorum(policy, reached)) return time;
  }
  return null;
}

/** Cosignatures that claim to be older than the epoch they cover. */
export function clockFindings(head: AnchorHead, epoch: { epoch: number; time: number }): Finding[] {
  return head.times
    .filter((time) => time < epoch.time - CLOCK_SECONDS)
    .map(() => ({
      code: 'witness.clock',
      effect: 'notice',
      message: `a cosignature is more than ${CLOCK_SECONDS} seconds older than the epoch it covers`,
      epoch: epoch.epoch,
    }));
}

/** That a quorum is taken for the operator's own because nobody said whose it is. */
export function ownFindings({ level, ownKnown }: AnchorHead): Finding[] {
  if (ownKnown || level !== 'self-witnessed') return [];
  const message =
    "a quorum saw it, but which of its witnesses are the operator's own was not said, so it counts as the operator's: say it, " +
    'or that none is (--operator-key)';
  return [{ code: 'witness.unjudged', effect: 'notice', message }];
}

/** The public bytes of the operator's own witnesses; null where they are not known. */
export function operatorKeys(trust: Pick<Trust, 'operatorKeys'>): Uint8Array[] | null {
  return trust.operatorKeys?.map(({ publicKey }) => publicKey) ?? null;
}
