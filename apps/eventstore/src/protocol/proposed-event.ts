import type shared from '@eventstore/db-client/generated/shared_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ProposedEvent } from '../store/event.js';

/** The default of a real cluster: what passes here passes there. */
export const MAX_APPEND_BYTES = 1024 * 1024;
/** Events without data count little against the bytes, and still take a row each. */
export const MAX_APPEND_EVENTS = 20_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

type ProposedMessage = streams.BatchAppendReq.ProposedMessage | streams.AppendReq.ProposedMessage;
export type Proposal =
  { readonly event: ProposedEvent } | { readonly problem: string; readonly missing?: 'type,content-type' };

/** An event as the client sent it, or what is wrong with it. */
export function readProposal(message: ProposedMessage): Proposal {
  const id = readUuid(message.getId());
  if (id === undefined) return { problem: 'An event id is a UUID other than the nil UUID.' };
  const properties = message.getMetadataMap();
  const type = properties.get('type');
  const contentType = properties.get('content-type');
  if (type === undefined || contentType === undefined)
    return { problem: 'An event has a type and a content-type.', missing: 'type,content-type' };
  if (type === '') return { problem: 'An event type cannot be empty.' };
  if (type.includes('\0')) return { problem: 'An event type has no NUL.' };
  const isJson = contentType === 'application/json';
  const data = message.getData_asU8();
  return { event: { id, type, isJson, data, metadata: message.getCustomMetadata_asU8() } };
}

/** What an event counts against the append limit. */
export function sizeOf({ type, data, metadata }: ProposedEvent): number {
  return data.length + metadata.length + 2 * type.length;
}

function readUuid(uuid: shared.UUID | undefined): Uint8Array | undefined {
  const bytes = uuid?.hasStructured() === true ? structured(uuid) : fromText(uuid?.getString() ?? '');
  return bytes?.some((byte) => byte !== 0) === true ? bytes : undefined;
}

function fromText(text: string): Uint8Array | undefined {
  return UUID.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : undefined;
}

function structured(uuid: shared.UUID): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(uuid.getStructured()?.getMostSignificantBits() ?? 0)), 0);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(uuid.getStructured()?.getLeastSignificantBits() ?? 0)), 8);
  return bytes;
}
