import {
  Broken,
  type Trust,
  Unavailable,
  unavailableVerdict,
  type Verdict,
  verifyAnchor,
} from '@candor/crypto/verify';
import { UsageError } from '../surroundings.js';
import type { AnchorClient } from './client.js';
import { readState, readUnjoined, unjoinedInWords, writeState, writeUnjoined } from './state.js';

/** What was seen of the anchor log, and what else is to be said. */
export interface AnchorSeen {
  readonly verdict: Verdict;
  readonly more: readonly string[];
}

/**
 * One look at the anchor log: its newest checkpoint must continue the one that is kept beside the log's. What does not is kept
 * as evidence.
 * @throws UsageError
 */
export async function lookAtAnchor(
  client: AnchorClient,
  file: string,
  trust: Trust,
  now: () => number,
): Promise<AnchorSeen> {
  const { policy, operatorKeys, interval } = trust;
  if (policy === null) throw new UsageError('--anchor needs a --policy: the key of the anchor log.');
  const kept = await readState(file);
  const from = { policy, operatorKeys };
  const tile = (path: string) => client.tile(path);
  try {
    const note = await client.checkpoint();
    const pace = interval === undefined ? {} : { pace: { interval, now: now() } };
    const look = { note, kept, tile, unjoined: await readUnjoined(file), ...pace };
    const { keep, unjoined, ...verdict } = await verifyAnchor(look, from);
    if (verdict.verdict === 'broken') {
      const evidence = `${file}.alarm`;
      await writeState(evidence, note);
      return {
        verdict,
        more: [`kept as evidence: ${file} and ${evidence}`, ...(await unjoinedInWords(file))],
      };
    }
    if (keep !== null) await writeState(file, keep);
    await writeUnjoined(file, unjoined);
    const first = kept === null ? 'the first checkpoint of the anchor log seen' : 'it continues the one kept';
    return {
      verdict,
      more: [keep === null ? 'what is kept stays' : first, ...(await unjoinedInWords(file))],
    };
  } catch (error) {
    // What is kept must be of this anchor log, before anything is held against it.
    if (error instanceof Broken) throw new UsageError(`${file} holds no checkpoint of this anchor log.`);
    if (!(error instanceof Unavailable)) throw error;
    return { verdict: unavailableVerdict(policy.logs[0]?.key.name ?? '', error.message), more: [] };
  }
}
