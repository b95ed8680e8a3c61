import { Frontier, leafHash } from '@candor/crypto';
import { formatCheckpoint, formatEpoch, signNote, slotPath, slotTree } from '@candor/crypto/tlog';
import { type ExportLine, ExportText } from '@candor/crypto/verify';
import { decodeEntry } from '@candor/event-store';
import type { History } from './history.js';
import { logSignerOf } from './keys.js';

/** An export as the API writes it, with envelopes. */
export async function exportOf(history: History, log: string, from = 0): Promise<string> {
  const one = history.logs.findLast((each) => each.log === log);
  if (one?.last === undefined) throw new Error('no head');
  const { origin, slot, entries, last } = one;
  const text = new ExportText();
  const lines: string[] = [];
  const add = (line: ExportLine): void => void lines.push(text.line(line));
  const end = history.epochs.length - 1;
  const first = history.epochs.findIndex(
    ({ epoch }) => (one.heads.get(epoch)?.size ?? 0) >= Math.max(from, 1),
  );
  const e0 = first < 0 ? end + 1 : first;
  const before = Frontier.empty();
  for (const { data } of entries.slice(0, from)) before.append(leafHash(data));
  add({
    t: 'export',
    origin,
    slot,
    slotKey: history.tree.key(slot),
    from,
    size: last.size,
    epochs: [e0, end],
    frontier: before.hashes(),
    witnesses: [],
  });
  for (const epoch of history.epochs) add({ t: 'epoch', e: epoch.epoch, text: formatEpoch(epoch) });
  const signer = logSignerOf(origin);
  let known = -1;
  for (let e = e0; e <= end; e++) {
    const head = one.heads.get(e);
    if (head === undefined) throw new Error('no head');
    const note =
      head.size === known
        ? null
        : await signNote(formatCheckpoint({ origin, size: head.size, root: head.root }), [signer]);
    known = head.size;
    add({ t: 'head', e, note, path: slotPath(slotTree(await leavesOf(history, e)), slot) });
  }
  add({
    t: 'checkpoint',
    note: await signNote(formatCheckpoint({ origin, size: last.size, root: last.root }), [signer]),
  });
  for (const [i, stored] of entries.slice(from, last.size).entries()) {
    const { commitments, sealed } = decodeEntry(stored);
    const o = commitments.map(({ pointer }) => ({ path: pointer, state: 'withheld' as const }));
    const s = Object.fromEntries(sealed);
    add({ t: 'entry', i: from + i, b: stored.data, o, ...(sealed.size === 0 ? {} : { s }) });
  }
  const note = history.notes.at(-1);
  if (note !== undefined) add({ t: 'anchor', note });
  return lines.join('') + text.end();
}

function leavesOf({ logs, tree }: History, epoch: number): Promise<Uint8Array[]> {
  const heads = logs.flatMap(({ heads: of, ...log }) => {
    const head = of.get(epoch);
    return head === undefined ? [] : [{ ...log, ...head }];
  });
  return tree.leaves(epoch, 1024, heads);
}
