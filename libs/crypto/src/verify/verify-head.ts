import type { Checkpoint } from '../tlog/checkpoint.js';
import { atAsync, type Finding } from './finding.js';
import { checkpointed, grown, openKept, type ProofBetween } from './kept.js';
import { type Trust, verifiersOf } from './trust.js';
import { joining, type Pending } from './unjoined.js';
import { signed, Unsigned } from './unsigned.js';
import { faultVerdict, unavailableVerdict, type Verdict } from './verdict.js';

export interface HeadLook {
  /** What the log's server gives as its newest checkpoint. */
  readonly note: string;
  /** The one that was kept; null at the first look. */
  readonly kept: string | null;
  /** Signed heads from earlier looks that nothing has joined with the one that was kept. */
  readonly unjoined?: readonly string[];
  readonly proof: ProofBetween;
}

/** What a look at a live log came to, and what is to be kept of it. */
export interface HeadVerdict extends Verdict {
  /** The checkpoint to keep instead of the one that was kept; null: that one stays. */
  readonly keep: string | null;
  /** Signed heads that nothing joins: to be kept beside it, and given to the next look. */
  readonly unjoined: readonly string[];
}

/**
 * Whether a live log continues the head that was kept. It is broken only where two heads that the log's key signed contradict
 * each other; what nobody signed is `log.unavailable`, an older head `kept.size`, one that no proof joins with the one kept
 * `kept.unjoined`: all three are incomplete.
 * @throws FormatFault for trust that is not usable, or a kept checkpoint that is not this log's; what `proof` throws but
 *   `Unavailable`
 */
export async function verifyHead(look: HeadLook, trust: Trust): Promise<HeadVerdict> {
  const { kept, note, proof, unjoined = [] } = look;
  const before = kept === null ? null : await openKept(kept, trust);
  const pending: Pending<Checkpoint>[] = [];
  for (const one of unjoined) pending.push({ note: one, head: await openKept(one, trust) });
  await verifiersOf(trust);
  try {
    const head = await signed("the log's", () => atAsync({}, () => openKept(note, trust)));
    const seen = await joining({ note, head }, before, pending, (a, b) => grown(a, b, proof));
    const old = before !== null && head.size < before.size ? [older(before, head)] : [];
    const verdict = checkpointed(head, [...old, ...seen.findings]);
    return { ...verdict, keep: seen.goesOn ? note : null, unjoined: seen.left };
  } catch (fault) {
    const stays = { keep: null, unjoined };
    if (fault instanceof Unsigned) return { ...unavailableVerdict(trust.origin, fault.message), ...stays };
    return { ...faultVerdict(trust.origin, fault), ...stays };
  }
}

/** An older head contradicts nothing: a cache may have it. Who goes on from it in another way is found when it has grown. */
function older(before: Checkpoint, { size }: Checkpoint): Finding {
  const message =
    `the log's server shows an older head: of ${size} entries, where ${before.size} were seen. A cache may do so, or a ` +
    'store that was restored; where it stays so, ask the operator';
  return { code: 'kept.size', effect: 'incomplete', message };
}
