import type { ResolvedEvent, AllStreamResolvedEvent } from '@eventstore/db-client';
import type { StoredEvent } from '../event-log.js';

/** An event as the client gives it; undefined for a link without its target. */
export function fromClient(resolved: ResolvedEvent | AllStreamResolvedEvent): StoredEvent | undefined {
  const { event } = resolved;
  if (event === undefined) return undefined;
  return {
    id: event.id,
    type: event.type,
    data: bytesOf(event.data),
    metadata: bytesOf(event.metadata),
    stream: event.streamId,
    revision: event.revision,
    position: event.position?.commit ?? 0n,
  };
}

/** The client parses what looks like JSON; written again it says the same, and metadata is never hashed. */
function bytesOf(value: unknown): Uint8Array {
  if (value === undefined) return new Uint8Array();
  if (value instanceof Uint8Array) return value;
  return Buffer.from(JSON.stringify(value), 'utf8');
}
