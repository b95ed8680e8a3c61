import type { RecordedEvent } from '../store/event.js';
import type { LogReader } from '../store/log-reader.js';
import type { ReadRecord } from './event-message.js';

const LINK_TYPE = '$>';

/** Follows a link, whose data is `<revision>@<stream>`; what is no proper link stands for itself. */
export function resolved(reader: LogReader, event: RecordedEvent): ReadRecord {
  if (event.type !== LINK_TYPE) return { event, link: undefined };
  // The stream's name may hold further "@".
  const target = /^(\d{1,19})@(.+)$/s.exec(Buffer.from(event.data).toString('utf8'));
  const [, revision, stream] = target ?? [];
  if (revision === undefined || stream === undefined) return { event, link: undefined };
  return { event: reader.event(stream, Number(revision)), link: event };
}
