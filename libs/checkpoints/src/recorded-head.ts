import { fromB64 } from '@candor/crypto';
import type { CheckpointRecorded } from '@candor/domain';
import { decodeEntry, recordedOf, type StoredEvent } from '@candor/event-store';
import { type LogOrigin, originOfStream, type SignedHead } from '@candor/read-models';

/** A head as it stands in its stream, of one of a log's origins. */
export interface StoredHead extends SignedHead, LogOrigin {
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
}

/** Holds the heads of one of a log's origins and nothing else (formats v1 §4.2, §4.5). */
export const streamOf = ({ log, succession }: LogOrigin): string =>
  succession === 0 ? `log-${log}` : `log-${log}-${succession}`;

/** @param stored of such a stream */
export function headFrom(stored: StoredEvent): StoredHead {
  const origin = originOfStream(stored.stream);
  if (origin === undefined) throw new TypeError(`${stored.stream} holds no heads`);
  const entry = decodeEntry(stored);
  const { size, root } = (recordedOf(entry)?.event as CheckpointRecorded).body;
  return {
    ...origin,
    size,
    root: fromB64(root),
    revision: stored.revision,
    place: { position: stored.position, eventId: stored.id },
    recordedAt: Date.parse(entry.json.recordedAt),
  };
}
