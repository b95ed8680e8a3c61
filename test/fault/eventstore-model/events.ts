import { randomUUID } from 'node:crypto';
import type { EventData, RecordedEvent, ResolvedEvent } from '@eventstore/db-client';
import type { ModelEvent, ModelRecord, ProposedEvent } from './model.ts';
import type { EventSpec } from './operations.ts';

/** An event on its way: as the client takes it, and as the model does. */
export interface Proposal {
  readonly sent: EventData;
  readonly event: ProposedEvent;
}

/** @param known ids that the log holds already; `streams` the names of the sequence */
export function propose(spec: EventSpec, known: readonly string[], streams: readonly string[]): Proposal {
  switch (spec.kind) {
    case 'json':
      return proposal(randomUUID(), spec.type, spec.data, spec.metadata);
    case 'binary': {
      const metadata = spec.metadata ? Uint8Array.of(0xff, spec.bytes % 256) : undefined;
      return proposal(randomUUID(), spec.type, new Uint8Array(spec.bytes).fill(spec.bytes), metadata);
    }
    case 'link': {
      const target =
        spec.revision === undefined ? 'nowhere' : `${spec.revision}@${streams[spec.stream] ?? ''}`;
      return proposal(randomUUID(), '$>', new TextEncoder().encode(target), undefined);
    }
    case 'known-id': {
      const id = known.length === 0 ? randomUUID() : known[spec.of % known.length];
      return proposal(id ?? '', 'a.one', { of: spec.of }, undefined);
    }
  }
}

function proposal(id: string, type: string, data: unknown, metadata: unknown): Proposal {
  const isJson = !(data instanceof Uint8Array);
  const contentType = isJson ? 'application/json' : 'application/octet-stream';
  const sent = { id, type, contentType, data, metadata } as EventData;
  return { sent, event: { id, type, isJson, data: textOf(data), metadata: metadataOf(metadata) } };
}

const textOf = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : JSON.stringify(value);
const metadataOf = (value: unknown): string | undefined => (value === undefined ? undefined : textOf(value));

/** What an append counts against the limit. */
export function sizeOf(proposals: readonly Proposal[]): number {
  return proposals.reduce((sum, { sent, event }) => {
    const data = sent.data instanceof Uint8Array ? sent.data.length : Buffer.byteLength(event.data);
    return sum + data + Buffer.byteLength(event.metadata ?? '') + 2 * event.type.length;
  }, 0);
}

type Shown = Omit<ModelEvent, 'position'>;

/** One record in words of the model, without positions. */
export interface ShownRecord {
  readonly event: Shown | undefined;
  readonly link: Shown | undefined;
}

export function shownBy({ event, link }: ResolvedEvent): ShownRecord {
  return { event: event && fromClient(event), link: link && fromClient(link) };
}

function fromClient(recorded: RecordedEvent): Shown {
  const { streamId, revision, id, type, isJson, data, metadata } = recorded;
  const shown = { id, type, isJson, data: textOf(data), metadata: metadataOf(metadata) };
  return { stream: streamId, revision: Number(revision), ...shown };
}

export function fromModel({ event, link }: ModelRecord): ShownRecord {
  return { event: event && withoutPosition(event), link: link && withoutPosition(link) };
}

function withoutPosition({ stream, revision, id, type, isJson, data, metadata }: ModelEvent): Shown {
  return { stream, revision, id, type, isJson, data, metadata };
}
