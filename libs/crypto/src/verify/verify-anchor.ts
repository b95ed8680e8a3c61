import { hex } from '../encoding.js';
import { FormatFault } from '../fault.js';
import type { Checkpoint } from '../tlog/checkpoint.js';
import { consistencyProof, type HashesAt, rootAt } from '../tlog/proof-nodes.js';
import { verifyConsistency } from '../tlog/verify-proof.js';
import { atAsync, broken, type Finding } from './finding.js';
import { type TileAt, tileHashes } from './tile-hashes.js';
import { anchorVerifiers } from './trust.js';
import { type Head, joining, type Pending, sameRoot, unjoined as notJoined } from './unjoined.js';
import { signed, Unavailable, Unsigned } from './unsigned.js';
import { faultVerdict, unavailableVerdict, verdictOf } from './verdict.js';
import type { HeadVerdict } from './verify-head.js';
import type { PopulationTrust } from './verify-population.js';
import { openAnchor, operatorKeys, ownFindings } from './witnessed.js';

export interface AnchorLook {
  /** The newest checkpoint of the anchor log, as it is served. */
  readonly note: string;
  /** The one that was kept; null at the first look. */
  readonly kept: string | null;
  /** Signed checkpoints from earlier looks that nothing has joined with the one that was kept. */
  readonly unjoined?: readonly string[];
  /** The bytes of a tile, by its path below the log's prefix (c2sp.org/tlog-tiles). What it throws but `Unavailable` is thrown. */
  readonly tile: TileAt;
  /** The published time between epochs, and the time it is, in seconds: that nothing was published for long is told. */
  readonly pace?: { readonly interval: number; readonly now: number };
}

/**
 * Whether the anchor log that is shown continues the one that was kept: its checkpoint is the anchor's, with so many
 * cosignatures as it has, and the tiles prove that it has only grown. It is broken only where two checkpoints that the anchor
 * signed contradict each other; what nobody signed is `log.unavailable`, what no tile joins `kept.unjoined`.
 * @throws FormatFault `policy.key` for a policy that is not usable; Broken for a kept checkpoint that is not this log's;
 *   what `tile` throws but `Unavailable`
 */
export async function verifyAnchor(look: AnchorLook, trust: PopulationTrust): Promise<HeadVerdict> {
  const verifiers = await anchorVerifiers(trust.policy);
  const own = operatorKeys(trust);
  const open = (note: string) => atAsync({}, () => openAnchor(note, verifiers, trust.policy, own));
  const { unjoined = [], tile, pace } = look;
  const kept = look.kept === null ? null : (await open(look.kept)).checkpoint;
  const pending: Pending<Checkpoint>[] = [];
  for (const note of unjoined) pending.push({ note, head: (await open(note)).checkpoint });
  try {
    const head = await signed("the anchor's", () => open(look.note));
    const { level, witnesses, witnessedAt, pq, checkpoint } = head;
    const newest = { note: look.note, head: checkpoint };
    const seen = await joining(newest, kept, pending, (before, after) => follow(before, after, tile));
    const old = kept !== null && checkpoint.size < kept.size ? [older(kept, checkpoint)] : [];
    const findings = [...ownFindings(head), ...paceFindings(witnessedAt, pace), ...old, ...seen.findings];
    const { size, root, origin } = checkpoint;
    const said = { level, findings, origin, size, root: hex(root), epoch: null, witnesses, witnessedAt, pq };
    const keep = seen.goesOn ? look.note : null;
    return { verdict: verdictOf(level, findings), ...said, keep, unjoined: seen.left };
  } catch (fault) {
    const [stays, { anchorOrigin }] = [{ keep: null, unjoined }, verifiers];
    if (fault instanceof Unsigned) return { ...unavailableVerdict(anchorOrigin, fault.message), ...stays };
    return { ...faultVerdict(anchorOrigin, fault), ...stays };
  }
}

/**
 * An older checkpoint contradicts nothing: a cache may have it, or a database that was restored and is catching up. Whoever goes
 * on from it in another way is found when it has grown beyond the one kept.
 */
function older(kept: Head, { size }: Head): Finding {
  const message = `an older checkpoint is shown: of ${size} epochs, where ${kept.size} were seen`;
  return { code: 'kept.size', effect: 'incomplete', message };
}

async function follow(before: Head, after: Head, tile: AnchorLook['tile']): Promise<void> {
  if (before.size === after.size) {
    sameRoot(before, after);
    return;
  }
  if (before.size === 0) return;
  const hashesAt = tileHashes(after.size, tile);
  const fault = await faultOf(async () => {
    const proof = await consistencyProof(before.size, after.size, hashesAt);
    verifyConsistency(before.size, after.size, before.root, after.root, proof);
  });
  if (fault === undefined) return;
  // Tiles are nobody's word. They count where they lead to the root that was signed: then it is of another history.
  const shown = fault instanceof Unavailable ? undefined : await rootInTiles(before.size, after, hashesAt);
  if (shown === undefined) {
    const none = fault instanceof Unavailable;
    const why = none ? 'tiles are missing' : `the tiles lead nowhere (${fault.code})`;
    throw notJoined(before, after, why, 'Its witnesses, and others who follow it, know which one they saw');
  }
  const message = `the anchor log was rewritten: its first ${before.size} epochs are not those seen before`;
  throw broken('kept.root', message, { expected: hex(before.root), found: hex(shown) });
}

/** The root of the first epochs, of tiles that lead to the head's root; undefined where they do not. */
async function rootInTiles(size: number, head: Head, hashesAt: HashesAt): Promise<Uint8Array | undefined> {
  let root: Uint8Array | undefined;
  const fault = await faultOf(async () => {
    root = await rootAt(size, hashesAt);
    const proof = await consistencyProof(size, head.size, hashesAt);
    verifyConsistency(size, head.size, root, head.root, proof);
  });
  return fault === undefined ? root : undefined;
}

async function faultOf(check: () => Promise<void>): Promise<FormatFault | Unavailable | undefined> {
  try {
    await check();
    return undefined;
  } catch (fault) {
    if (fault instanceof FormatFault || fault instanceof Unavailable) return fault;
    throw fault;
  }
}

function paceFindings(witnessedAt: number | null, pace: AnchorLook['pace']): Finding[] {
  if (pace === undefined || witnessedAt === null || pace.now - witnessedAt <= 2 * pace.interval) return [];
  const message = 'nothing new of the anchor log was cosigned for more than twice the interval';
  return [{ code: 'epoch.late', effect: 'notice', message }];
}
