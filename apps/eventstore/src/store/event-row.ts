import { checksumOf } from './checksum.js';
import type { RecordedEvent } from './event.js';
import { DamagedLog } from './failures.js';

/** What `toEvent` takes; statements that select it MUST return arrays. */
export const EVENT_COLUMNS =
  'e.position, s.name, e.revision, e.id, e.created, e.is_json, e.type, e.metadata, e.data, e.checksum';
/** Where the checksum stands in `EVENT_COLUMNS`. */
export const CHECKSUM_COLUMN = 9;
export const EVENTS_WITH_STREAMS = 'events e CROSS JOIN streams s ON s.id = e.stream';

type Row = [number, string, number, Uint8Array, number, number, string, Uint8Array, Uint8Array, Uint8Array];

/**
 * An event as it was written, proven by its checksum.
 * @throws DamagedLog
 */
export function toEvent(row: unknown): RecordedEvent {
  const [position, stream, revision, id, created, isJson, type, metadata, data, checksum] = row as Row;
  const event = { position, stream, revision, id, created, isJson: isJson === 1, type, metadata, data };
  if (!isProven(event, checksum))
    throw new DamagedLog(`the event at position ${position} is not what was written`);
  return event;
}

/** A damaged row may hold anything in any column. */
function isProven(event: RecordedEvent, checksum: unknown): boolean {
  if (![event.position, event.revision, event.created].every(Number.isSafeInteger)) return false;
  if (typeof event.stream !== 'string' || typeof event.type !== 'string') return false;
  if (![event.id, event.metadata, event.data, checksum].every((bytes) => bytes instanceof Uint8Array))
    return false;
  return event.id.length === 16 && checksumOf(event).equals(checksum as Uint8Array);
}
