import { parseEntry } from '../entry.js';
import { FormatFault } from '../fault.js';
import { openCheckpoint, parseCheckpoint } from '../tlog/checkpoint.js';
import { splitNote } from '../tlog/note.js';
import { Broken } from './finding.js';
import { checkGenesis } from './genesis-check.js';
import { parseOrigin, type Trust, verifiersOf } from './trust.js';
import { faultVerdict, type Verdict } from './verdict.js';

/**
 * Whether a head under another name says that the log was ended, and its entries given up (formats v1 §4.5): signed with the
 * log's own key under a name of the same operator and slot, whose entry 0 declares it.
 * @param entry0 gives the bytes of that entry; what it throws is thrown
 * @returns undefined where it says nothing of the kind
 * @throws FormatFault for trust that is not usable
 */
export async function verifySuccessor(
  note: string,
  entry0: () => Promise<Uint8Array>,
  trust: Trust,
): Promise<Verdict | undefined> {
  const { parts: old } = await verifiersOf(trust);
  try {
    const { origin } = parseCheckpoint(splitNote(note).text);
    const parts = parseOrigin(origin);
    if (origin === trust.origin || parts.operator !== old.operator || parts.slot !== old.slot)
      return undefined;
    await openCheckpoint(note, origin, (await verifiersOf({ ...trust, origin })).log);
    const entry = await entry0();
    const [finding] = checkGenesis(parseEntry(entry), entry, parts);
    return finding === undefined ? undefined : faultVerdict(trust.origin, new Broken(finding));
  } catch (fault) {
    if (fault instanceof FormatFault || fault instanceof Broken) return undefined;
    throw fault;
  }
}
