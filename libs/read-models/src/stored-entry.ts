import type { EncodedEvent } from '@candor/event-store';

/** An event as a view keeps it, ready for `decodeEntry` and `Codec.open`: personal values stay sealed in it. */
export type StoredEntry = EncodedEvent & { readonly stream: string };

export interface EntryColumns {
  readonly event_id: string;
  readonly type: string;
  readonly entry: Buffer;
  readonly metadata: Buffer;
}

/** The stream stands in the entry itself, so no view keeps it in a column. */
export function storedEntry(row: EntryColumns): StoredEntry {
  const { stream } = JSON.parse(row.entry.toString('utf8')) as { readonly stream: string };
  return { id: row.event_id, type: row.type, stream, data: row.entry, metadata: row.metadata };
}
