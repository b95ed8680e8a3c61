import { equalBytes, Frontier, leafHash } from '@candor/crypto';
import { frontierNodes } from '@candor/crypto/tlog';
import { checkpointLines } from '@candor/domain';
import {
  hashesAt,
  type LogOrigin,
  type Pool,
  readEntries,
  rememberedEpochs,
  rememberedHeads,
  rememberedNotes,
  rememberedOrigins,
  rememberedSlots,
  rootsAt,
  signedHeads,
  treeHeads,
} from '@candor/read-models';
import { originKey } from '../verify/trees.js';
import type { AnchorSource, LogSource, SourceEntry, SourceHead } from './source.js';

/** Entries read at a time, in bytes. */
const PIECE_BYTES = 4 * 1024 * 1024;
const NAME = 'the database';

/** What the views still have of a store that was restored to an earlier time: entries, envelopes and commands. */
export async function viewSources(
  pool: Pool,
  epochs: number,
): Promise<{ readonly logs: readonly LogSource[]; readonly anchor: AnchorSource }> {
  const [origins, trees, slots, remembered, signed] = await Promise.all([
    rememberedOrigins(pool),
    treeHeads(pool),
    rememberedSlots(pool),
    rememberedHeads(pool, epochs),
    signedHeads(pool),
  ]);
  const heads = new Map<string, Map<number, SourceHead>>();
  const add = (origin: LogOrigin, head: SourceHead): void => {
    const of = heads.get(originKey(origin)) ?? new Map<number, SourceHead>();
    heads.set(originKey(origin), of);
    if (!of.has(head.size)) of.set(head.size, head);
  };
  for (const { log, succession, ...head } of remembered)
    add({ log, succession }, { ...head, recorded: true });
  // Signed before the views had seen that it was recorded.
  for (const { tenant: log, succession, size, root } of signed)
    if (root !== undefined) add({ log, succession }, { epoch: null, size, root, recorded: true });
  const sizes = new Map(
    trees.map(({ tenant: log, succession, size }) => [originKey({ log, succession }), size]),
  );
  const logs: LogSource[] = [];
  for (const origin of origins) {
    const { log, succession, entries } = origin;
    const slot = slots.get(log);
    const all = [...(heads.get(originKey(origin))?.values() ?? [])].sort((a, b) => a.size - b.size);
    if (slot === undefined || entries === 0) continue;
    const whole = Math.min(entries, sizes.get(originKey(origin)) ?? 0);
    const lost = origin.ended ? await lostHeads(pool, { log, succession }, whole, all) : [];
    const gone = new Set(lost);
    const read = (from: number, to: number) => viewEntries(pool, { log, succession }, from, to);
    const led = all.filter((head) => head.size <= entries && !gone.has(head));
    // Entries that no head covers yet were acknowledged too. What a head covers and the tree does not, may be had from elsewhere.
    const end = all.some((head) => head.size > entries && !gone.has(head)) ? whole : entries;
    if ((led.at(-1)?.size ?? 0) < end) led.push(await tailOf(pool, { log, succession }, whole, end));
    logs.push({ name: NAME, log, succession, slot, heads: led, lost, entries: read });
  }
  const anchor = { epochs: await rememberedEpochs(pool, 0), notes: await rememberedNotes(pool) };
  return { logs, anchor };
}

/**
 * Heads of an ended origin that entries do not lead to any more, as far as the entry 0 of the successor declares it.
 * @param whole how many entries of it the views have
 */
async function lostHeads(
  pool: Pool,
  { log, succession }: LogOrigin,
  whole: number,
  heads: readonly SourceHead[],
): Promise<readonly SourceHead[]> {
  const next = { log, succession: succession + 1 };
  const [first] = await readEntries(pool, next, { from: 0, to: 1, bytes: PIECE_BYTES });
  const declared = first === undefined ? 0 : checkpointLines(previousIn(first.entry)).size;
  const within = heads.filter(({ size }) => size <= whole);
  const trees = within.map(({ size }) => ({ tenant: log, succession, size }));
  const roots = [...(await rootsAt(pool, trees)).values()];
  const rootOf = new Map(within.map((head, n) => [head, roots[n]]));
  return heads.filter((head) => {
    const root = rootOf.get(head);
    return head.size <= declared && (root === undefined || !equalBytes(root, head.root));
  });
}

/** Where entries end: views do not see an entry at the same time, so that the tree may have more of them, or fewer. */
async function tailOf(pool: Pool, origin: LogOrigin, whole: number, end: number): Promise<SourceHead> {
  const tree = Frontier.from(whole, await hashesAt(pool, origin, frontierNodes(whole)));
  for await (const { data } of viewEntries(pool, origin, whole, end)) tree.append(leafHash(data));
  return { epoch: null, size: tree.size, root: tree.root(), recorded: false };
}

function previousIn(entry: Uint8Array): unknown {
  const { body } = JSON.parse(Buffer.from(entry).toString()) as { body: { readonly previous?: unknown } };
  return body.previous;
}

async function* viewEntries(
  pool: Pool,
  origin: LogOrigin,
  from: number,
  to: number,
): AsyncGenerator<SourceEntry> {
  for (let at = from; at < to;) {
    const page = await readEntries(pool, origin, { from: at, to, bytes: PIECE_BYTES });
    if (page.length === 0) return;
    for (const { entry, metadata } of page) yield { data: entry, metadata };
    at += page.length;
  }
}
