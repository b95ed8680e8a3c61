import { equalBytes } from '#platform';
import { hex } from '../encoding.js';
import { consistencyProof } from '../tlog/proof-nodes.js';
import { hashInTile, type Tile, tileOfNode, tilePath } from '../tlog/tile.js';
import { verifyConsistency } from '../tlog/verify-proof.js';
import { atAsync, broken, type Finding } from './finding.js';
import { anchorVerifiers } from './trust.js';
import { brokenVerdict, type Verdict, verdictOf } from './verdict.js';
import type { PopulationTrust } from './verify-population.js';
import { openAnchor } from './witnessed.js';

export interface AnchorLook {
  /** The newest checkpoint of the anchor log, as it is served. */
  readonly note: string;
  /** The one that was kept; null at the first look. */
  readonly kept: string | null;
  /** The bytes of a tile, by its path below the log's prefix (c2sp.org/tlog-tiles). What it throws is thrown. */
  readonly tile: (path: string) => Promise<Uint8Array>;
  /** The published time between epochs, and the time it is, in seconds: that nothing was published for long is told. */
  readonly pace?: { readonly interval: number; readonly now: number };
}

/**
 * Whether the anchor log that is shown continues the one that was kept: its checkpoint is the anchor's, with so many
 * cosignatures as it has, and the tiles prove that it has only grown.
 * @throws FormatFault `policy.key` for a policy that is not usable; whatever `tile` throws
 */
export async function verifyAnchor(look: AnchorLook, trust: PopulationTrust): Promise<Verdict> {
  const verifiers = await anchorVerifiers(trust.policy);
  const own = (trust.operatorKeys ?? []).map(({ publicKey }) => publicKey);
  const open = (note: string) => atAsync({}, () => openAnchor(note, verifiers, trust.policy, own));
  try {
    const head = await open(look.note);
    const findings = paceFindings(head.witnessedAt, look.pace);
    if (look.kept !== null) {
      const kept = (await open(look.kept)).checkpoint;
      if (head.checkpoint.size < kept.size) findings.push(older(kept, head.checkpoint));
      else await follow(kept, head.checkpoint, look.tile);
    }
    const { level, witnesses, witnessedAt, pq } = head;
    const { size, root, origin } = head.checkpoint;
    const said = { level, findings, origin, size, root: hex(root), epoch: null, witnesses, witnessedAt, pq };
    return { verdict: verdictOf(level, findings), ...said };
  } catch (fault) {
    return brokenVerdict(verifiers.anchorOrigin, fault);
  }
}

interface Head {
  readonly size: number;
  readonly root: Uint8Array;
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
  const hashes = { expected: hex(before.root), found: hex(after.root) };
  if (after.size === before.size && !equalBytes(before.root, after.root))
    throw broken('kept.root', 'two checkpoints of the anchor log of one size differ: it is forked', hashes);
  if (before.size === after.size || before.size === 0) return;
  await atAsync({}, async () => {
    const bytes = new Map<string, Uint8Array>();
    const read = async (wanted: Tile): Promise<Uint8Array> => {
      const path = tilePath(wanted);
      const known = bytes.get(path) ?? (await tile(path));
      bytes.set(path, known);
      return known;
    };
    const proof = await consistencyProof(before.size, after.size, async (nodes) => {
      const found: Uint8Array[] = [];
      for (const node of nodes) {
        const at = tileOfNode(node, after.size);
        found.push(hashInTile(node, at, await read(at)));
      }
      return found;
    });
    verifyConsistency(before.size, after.size, before.root, after.root, proof);
  });
}

function paceFindings(witnessedAt: number | null, pace: AnchorLook['pace']): Finding[] {
  if (pace === undefined || witnessedAt === null || pace.now - witnessedAt <= 2 * pace.interval) return [];
  const message = 'nothing new of the anchor log was cosigned for more than twice the interval';
  return [{ code: 'epoch.late', effect: 'notice', message }];
}
