import type { Uuid } from '@candor/domain';
import {
  auditSizes,
  type Pool,
  readEntries,
  rememberedEpochs,
  rememberedHeads,
  rememberedNotes,
  rememberedSlots,
  signedHeads,
  treeHeads,
} from '@candor/read-models';
import type { AnchorSource, LogSource, SourceEntry, SourceHead } from './source.js';

/** Entries read at a time, in bytes. */
const PIECE_BYTES = 4 * 1024 * 1024;
const NAME = 'the database';

/** What the views still have of a store that was restored to an earlier time: entries, envelopes and commands. */
export async function viewSources(
  pool: Pool,
  epochs: number,
): Promise<{ readonly logs: readonly LogSource[]; readonly anchor: AnchorSource }> {
  const [sizes, trees, slots, remembered, signed] = await Promise.all([
    auditSizes(pool),
    treeHeads(pool),
    rememberedSlots(pool),
    rememberedHeads(pool, epochs),
    signedHeads(pool),
  ]);
  const entries = new Map(sizes.map(({ tenant, size }) => [tenant, size]));
  const heads = new Map<Uuid, SourceHead[]>();
  const add = (log: Uuid, head: SourceHead): void => {
    if (head.size > (entries.get(log) ?? 0)) return;
    const of = heads.get(log) ?? [];
    heads.set(log, of);
    if (head.size > (of.at(-1)?.size ?? 0)) of.push(head);
  };
  for (const { log, ...head } of remembered) add(log, { ...head, recorded: true });
  // Signed before the views had seen that it was recorded.
  for (const { tenant, size, root } of signed)
    if (root !== undefined) add(tenant, { epoch: null, size, root, recorded: true });
  // Entries that no head covers yet were acknowledged too: the view's own tree leads to them.
  for (const { tenant, size, root } of trees)
    if (root !== undefined) add(tenant, { epoch: null, size, root, recorded: false });
  const logs = [...heads].flatMap(([log, of]): readonly LogSource[] => {
    const slot = slots.get(log);
    const read = (from: number, to: number) => viewEntries(pool, log, from, to);
    return slot === undefined ? [] : [{ name: NAME, log, slot, heads: of, entries: read }];
  });
  const anchor = { epochs: await rememberedEpochs(pool, 0), notes: await rememberedNotes(pool) };
  return { logs, anchor };
}

async function* viewEntries(pool: Pool, log: Uuid, from: number, to: number): AsyncGenerator<SourceEntry> {
  for (let at = from; at < to;) {
    const page = await readEntries(pool, log, { from: at, to, bytes: PIECE_BYTES });
    if (page.length === 0) return;
    for (const { entry, metadata } of page) yield { data: entry, metadata };
    at += page.length;
  }
}
