import { AppendTooLarge, MAX_APPEND_BYTES, appendBytes, type EncodedEvent } from './event-log.js';

/**
 * What every log refuses before it does anything: no events, a stream that belongs to the store, too many bytes.
 * @throws TypeError for the first two, which are the caller's mistakes; AppendTooLarge
 */
export function checkAppend(stream: string, events: readonly EncodedEvent[]): void {
  if (events.length === 0) throw new TypeError('an append holds at least one event');
  if (stream === '' || stream.startsWith('$')) throw new TypeError('not the name of a stream of ours');
  let bytes = 0;
  for (const event of events) bytes += appendBytes(event);
  if (bytes > MAX_APPEND_BYTES) throw new AppendTooLarge(bytes);
}

/** Whether the store wrote it for itself; such events are no one's facts. */
export function isSystem(event: { readonly stream: string; readonly type: string }): boolean {
  return event.type.startsWith('$') || event.stream.startsWith('$');
}
