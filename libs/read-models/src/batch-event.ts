import type { Recorded } from '@candor/domain';
import { decodeEntry, type Entry, recordedOf, type StoredEvent } from '@candor/event-store';
import type { BatchEvent } from './projection.js';

/** Reads a stored event once; its newest form is made when a view first asks for it. @throws CorruptEntry */
export function decodeBatchEvent(stored: StoredEvent): BatchEvent {
  return new DecodedEvent(stored, decodeEntry(stored));
}

class DecodedEvent implements BatchEvent {
  private newest: Recorded | null | undefined;

  constructor(
    readonly stored: StoredEvent,
    readonly entry: Entry,
  ) {}

  get position(): bigint {
    return this.stored.position;
  }

  recorded(): Recorded | undefined {
    this.newest ??= recordedOf(this.entry) ?? null;
    return this.newest ?? undefined;
  }
}
