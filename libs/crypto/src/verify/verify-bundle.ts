import { equalBytes, utf8 } from '#platform';
import { commitmentsOf } from '../commitment.js';
import { hex } from '../encoding.js';
import { parseEntry } from '../entry.js';
import { type Epoch, parseEpoch } from '../tlog/epoch.js';
import { leafHash } from '../tlog/hashes.js';
import { openProofFile, parseProofFile } from '../tlog/proof-file.js';
import { headDigest, rootOfSlot, slotLeaf } from '../tlog/slot-tree.js';
import { verifyInclusion } from '../tlog/verify-proof.js';
import { type Bundle, parseBundle } from './bundle-format.js';
import { checkGenesis } from './genesis-check.js';
import { at, atAsync, broken, type Finding } from './finding.js';
import { checkOpenings } from './openings.js';
import { type Trust, type Verifiers, verifiersOf } from './trust.js';
import { faultVerdict, type Verdict, verdictOf } from './verdict.js';
import { clockFindings, openAnchor, operatorKeys, ownFindings } from './witnessed.js';

/** The verdict over a bundle, with the entry it proves. */
export interface BundleVerdict extends Verdict {
  readonly entry: {
    readonly index: number;
    readonly id: string;
    readonly type: string;
    readonly leaf: string;
  } | null;
  /** Pointers of the fields it opens. */
  readonly opened: readonly string[];
}

/**
 * Checks one bundle (formats v1 §6).
 * @throws FormatFault for trust that is not usable (`verifiersOf`); whatever is wrong with the bundle is in the verdict
 */
export async function verifyBundle(text: string, trust: Trust): Promise<BundleVerdict> {
  const verifiers = await verifiersOf(trust);
  try {
    return await verdictOver(parseBundle(text), trust, verifiers);
  } catch (fault) {
    return { ...faultVerdict(trust.origin, fault), entry: null, opened: [] };
  }
}

async function verdictOver(bundle: Bundle, trust: Trust, verifiers: Verifiers): Promise<BundleVerdict> {
  const file = at({}, () => parseProofFile(bundle.log));
  const place = { entry: file.index };
  const entry = at(place, () => parseEntry(bundle.entry));
  const leaf = leafHash(bundle.entry);
  const { text, checkpoint } = await atAsync(place, () =>
    openProofFile(file, leaf, trust.origin, verifiers.log),
  );
  if (entry.log === null) throw broken('entry.other-log', 'the entry says that it belongs to no log', place);
  const findings: Finding[] = file.index === 0 ? checkGenesis(entry, bundle.entry, verifiers.parts) : [];
  const openings = at(place, () => commitmentsOf(entry));
  checkOpenings(openings, bundle.openings, file.index);
  const anchor = await anchorOf(bundle, text, trust, verifiers);
  findings.push(...(anchor?.findings ?? []));
  const level = anchor?.level ?? 'checkpointed';
  return {
    verdict: verdictOf(level, findings),
    level,
    findings,
    origin: trust.origin,
    size: checkpoint.size,
    root: hex(checkpoint.root),
    epoch: anchor?.epoch ?? null,
    witnesses: anchor?.witnesses ?? [],
    witnessedAt: anchor?.witnessedAt ?? null,
    pq: anchor?.pq ?? null,
    entry: { index: file.index, id: entry.id, type: entry.type, leaf: hex(leaf) },
    opened: bundle.openings.map(({ path }) => path),
  };
}

type AnchorPart = Pick<Verdict, 'level' | 'epoch' | 'witnesses' | 'witnessedAt' | 'pq' | 'findings'>;

async function anchorOf(
  { anchored }: Bundle,
  checkpointText: string,
  trust: Trust,
  verifiers: Verifiers,
): Promise<AnchorPart | null> {
  if (anchored === null) return null;
  const epoch = epochOf(anchored, checkpointText, verifiers.parts.slot);
  const { policy } = trust;
  if (policy === null) {
    const message = 'without a policy nothing can be said of the anchor';
    const finding: Finding = { code: 'anchor.unchecked', effect: 'notice', message, epoch: epoch.epoch };
    return {
      level: 'checkpointed',
      epoch: null,
      witnesses: [],
      witnessedAt: null,
      pq: null,
      findings: [finding],
    };
  }
  const place = { epoch: epoch.epoch };
  const file = at(place, () => parseProofFile(anchored.anchor));
  if (file.index !== epoch.epoch) throw broken('anchor.index', 'the anchor proof is of another epoch', place);
  const head = await atAsync(place, () => openAnchor(file.note, verifiers, policy, operatorKeys(trust)));
  const { size, root } = head.checkpoint;
  at(place, () => {
    verifyInclusion(file.index, size, leafHash(utf8(anchored.epoch)), file.proof, root);
  });
  const { level, witnesses, witnessedAt, pq } = head;
  const found = { epoch: epoch.epoch, time: epoch.time };
  return {
    level,
    epoch: found,
    witnesses,
    witnessedAt,
    pq,
    findings: [...ownFindings(head), ...clockFindings(head, epoch)],
  };
}

/** The epoch, in whose slot tree the checkpoint stands in the log's own slot. */
function epochOf(
  { slot, epoch }: NonNullable<Bundle['anchored']>,
  checkpointText: string,
  own: number,
): Epoch {
  const parsed = at({}, () => parseEpoch(epoch));
  const place = { epoch: parsed.epoch };
  if (slot.epoch !== parsed.epoch) throw broken('slot.other-epoch', 'the slot is of another epoch', place);
  if (slot.slot !== own) throw broken('origin.slot', "the slot is not the one in the log's origin", place);
  const leaf = at(place, () => slotLeaf(slot.epoch, slot.slot, slot.r, headDigest(checkpointText)));
  const root = at(place, () => rootOfSlot(slot.slot, parsed.slots, leaf, slot.path));
  if (!equalBytes(root, parsed.root)) {
    const hashes = { expected: hex(parsed.root), found: hex(root) };
    throw broken('slot.root', 'the checkpoint is not what stands in the slot', { ...place, ...hashes });
  }
  return parsed;
}
