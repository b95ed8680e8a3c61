import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { RecordedEvent } from '../store/event.js';

/** What a read sends for one record: the event, and the link that led to it if links are resolved. */
export interface ReadRecord {
  /** undefined when `link` leads nowhere. */
  readonly event: RecordedEvent | undefined;
  readonly link: RecordedEvent | undefined;
}

export function eventMessage({ event, link }: ReadRecord, structuredIds: boolean): streams.ReadResp {
  const message = new streams.ReadResp.ReadEvent();
  if (event !== undefined) message.setEvent(recorded(event, structuredIds));
  if (link !== undefined) message.setLink(recorded(link, structuredIds));
  message.setCommitPosition(String((link ?? event)?.position));
  return new streams.ReadResp().setEvent(message);
}

function recorded(event: RecordedEvent, structuredIds: boolean): streams.ReadResp.ReadEvent.RecordedEvent {
  const position = String(event.position);
  const message = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(structuredIds ? structured(event.id) : new shared.UUID().setString(uuidText(event.id)))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(event.stream)))
    .setStreamRevision(String(event.revision))
    .setPreparePosition(position)
    .setCommitPosition(position)
    .setCustomMetadata(event.metadata)
    .setData(event.data);
  message
    .getMetadataMap()
    .set('type', event.type)
    // 100-nanosecond ticks since the Unix epoch.
    .set('created', `${event.created}0000`)
    .set('content-type', event.isJson ? 'application/json' : 'application/octet-stream');
  return message;
}

function uuidText(id: Uint8Array): string {
  const hex = Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The 16 bytes as two signed numbers, the highest byte first. */
function structured(id: Uint8Array): shared.UUID {
  const bytes = Buffer.from(id.buffer, id.byteOffset, id.byteLength);
  const halves = new shared.UUID.Structured()
    .setMostSignificantBits(bytes.readBigInt64BE(0).toString())
    .setLeastSignificantBits(bytes.readBigInt64BE(8).toString());
  return new shared.UUID().setStructured(halves);
}
