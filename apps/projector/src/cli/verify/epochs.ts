import { EpochTree, equalBytes, FormatFault, Frontier, leafHash, utf8 } from '@candor/crypto';
import { formatCheckpoint, formatEpoch, openNote, splitNote, type Verifier } from '@candor/crypto/tlog';
import type { Findings } from './findings.js';
import type { Recorded, RecordedCheckpoint } from './recorded.js';
import { originKey } from './trees.js';

export interface AnchorChecks {
  readonly tree: EpochTree;
  /** Of each origin, by its key, its name. */
  readonly origins: ReadonlyMap<string, string>;
  /** `<operator>/anchor` */
  readonly origin: string;
  readonly verifiers: readonly Verifier[];
}

/** Every epoch again from the heads it counted, and every note from the epochs before it. */
export async function checkEpochs(
  recorded: Recorded,
  checks: AnchorChecks,
  findings: Findings,
): Promise<void> {
  const heads = new Map<string, RecordedCheckpoint>();
  const frontier = Frontier.empty();
  const roots: Uint8Array[] = [];
  let [counted, time, slots] = [0, -1, 0];
  for (const [n, epoch] of recorded.epochs.entries()) {
    const follows =
      epoch.epoch === n && epoch.revision === BigInt(n) && epoch.time > time && epoch.slots >= slots;
    if (!follows || epoch.counted < counted) findings.add('epoch.order', { event: epoch.event });
    for (; counted < epoch.counted; counted++) {
      const checkpoint = recorded.checkpoints[counted];
      if (checkpoint !== undefined) count(heads, checkpoint);
    }
    const root = await rootOf(epoch, heads, recorded, checks);
    if (root === undefined || !equalBytes(root, epoch.root))
      findings.add('epoch.root', { event: epoch.event });
    frontier.append(leafHash(utf8(formatEpoch(epoch))));
    roots.push(frontier.root());
    ({ time, slots } = epoch);
  }
  for (const { epoch, note, event } of recorded.notes) {
    const code = await noteFinding(note, epoch, roots[epoch], checks);
    if (code !== undefined) findings.add(code, { event });
  }
}

/** A log's newest head is that of its newest origin (formats v1 §4.5). */
function count(heads: Map<string, RecordedCheckpoint>, checkpoint: RecordedCheckpoint): void {
  const { log, succession } = checkpoint;
  if (succession >= (heads.get(log)?.succession ?? 0)) heads.set(log, checkpoint);
}

/** Undefined when a head has no slot, or none that the epoch has. */
async function rootOf(
  { epoch, slots }: { readonly epoch: number; readonly slots: number },
  heads: ReadonlyMap<string, RecordedCheckpoint>,
  recorded: Recorded,
  { tree, origins }: AnchorChecks,
): Promise<Uint8Array | undefined> {
  const placed = [...heads.values()].map(({ log, succession, size, root }) => ({
    slot: recorded.slots.get(log) ?? -1,
    origin: origins.get(originKey({ log, succession })) ?? '',
    size,
    root,
  }));
  if (placed.some(({ slot, origin }) => slot < 0 || slot >= slots || origin === '')) return undefined;
  try {
    return await tree.root(epoch, slots, placed);
  } catch (error) {
    if (error instanceof RangeError || error instanceof FormatFault) return undefined;
    throw error;
  }
}

async function noteFinding(
  note: string,
  epoch: number,
  root: Uint8Array | undefined,
  { origin, verifiers }: AnchorChecks,
): Promise<'note.text' | 'note.signature' | undefined> {
  try {
    if (root === undefined || splitNote(note).text !== formatCheckpoint({ origin, size: epoch + 1, root }))
      return 'note.text';
    await openNote(note, verifiers);
    return undefined;
  } catch (error) {
    if (error instanceof FormatFault) return 'note.signature';
    throw error;
  }
}
