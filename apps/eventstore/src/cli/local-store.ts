import { openForReading } from '../store/database.js';
import type { RecordedEvent } from '../store/event.js';
import { LogReader } from '../store/log-reader.js';
import { checkStart } from '../store/start-check.js';
import { isMoved, type MovedEvent } from './moved-event.js';

const PAGE_EVENTS = 1_000;

/** What can be moved of a data directory, proven, up to its end when this begins; its node may run. @throws NodeFailure */
export function* allOf(directory: string): Generator<MovedEvent> {
  const end = checkStart(directory);
  if (end.position === 0) return;
  const reader = new LogReader(openForReading(directory));
  try {
    for (let from = 1; from <= end.position;) {
      const window = Math.min(PAGE_EVENTS, end.position - from + 1);
      const page = reader.all({ direction: 'forwards', from, window, limit: PAGE_EVENTS });
      for (const event of page.events) if (isMoved(event.stream)) yield movedEvent(event);
      from = page.next;
    }
  } finally {
    reader.close();
  }
}

function movedEvent({
  stream,
  revision,
  id,
  type,
  isJson,
  metadata,
  data,
  created,
}: RecordedEvent): MovedEvent {
  const hex = Buffer.from(id).toString('hex');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return {
    stream,
    revision,
    id: uuid,
    type,
    isJson,
    metadata,
    data,
    created: new Date(created).toISOString(),
  };
}
