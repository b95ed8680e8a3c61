import { fromB64 } from '@candor/crypto';
import type { CheckpointRecorded, Uuid } from '@candor/domain';
import { decodeEntry, recordedOf, type StoredEvent } from '@candor/event-store';
import type { SignedHead } from '@candor/read-models';

/** A head as it stands in the log's stream. */
export interface StoredHead extends SignedHead {
  readonly log: Uuid;
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
}

/** Holds the heads of a log and nothing else (formats v1 §4.2). */
export const streamOf = (log: Uuid): string => `log-${log}`;

/** @param stored of a log's stream */
export function headFrom(stored: StoredEvent): StoredHead {
  const entry = decodeEntry(stored);
  const { size, root } = (recordedOf(entry)?.event as CheckpointRecorded).body;
  return {
    log: stored.stream.slice(streamOf('').length),
    size,
    root: fromB64(root),
    revision: stored.revision,
    place: { position: stored.position, eventId: stored.id },
    recordedAt: Date.parse(entry.json.recordedAt),
  };
}
