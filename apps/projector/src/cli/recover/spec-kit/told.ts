import { fromB64 } from '@candor/crypto';
import { formatEpoch } from '@candor/crypto/tlog';
import type { EpochRecorded } from '@candor/domain';
import { decodeEntry, type MemoryLog } from '@candor/event-store';

/** What a store says of logs and the anchor: entries byte for byte, in order; heads, slots, epochs and notes. */
export async function told(log: Pick<MemoryLog, 'readAll'>) {
  const entries = new Map<string, unknown[]>();
  const shared: string[] = [];
  const anchor: string[] = [];
  const notes: string[] = [];
  const slots: string[] = [];
  for await (const stored of log.readAll()) {
    const { json } = decodeEntry(stored);
    const { id, type, stream, data, metadata, revision } = stored;
    if (json.log !== null) {
      const of = entries.get(json.log) ?? [];
      entries.set(json.log, of);
      of.push([id, type, stream, revision, Buffer.from(data).toString(), sealedIn(metadata)]);
      if (stream === 'keyerasures-all') shared.push(id);
    } else if (type === 'log.epoch-recorded') {
      const body = json.body as unknown as EpochRecorded['body'];
      anchor.push(formatEpoch({ ...body, root: fromB64(body.root) }));
    } else if (type === 'log.epoch-cosigned') notes.push(JSON.stringify(json.body));
    else if (type === 'log.slot-assigned') slots.push(JSON.stringify(json.body));
  }
  return { entries: [...entries].sort(([a], [b]) => (a < b ? -1 : 1)), shared, anchor, notes, slots };
}

/** Without the command, which no export holds. */
function sealedIn(metadata: Uint8Array): unknown {
  const members = JSON.parse(Buffer.from(metadata).toString()) as Record<string, string>;
  return Object.fromEntries(Object.entries(members).filter(([name]) => name.startsWith('sealed:')));
}
