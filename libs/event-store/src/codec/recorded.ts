import type { Json } from '@candor/crypto';
import type { EntryContext, Personal, Unreadable } from '@candor/domain';
import type { Entry } from '../entry/decode-entry.js';
import type { CommitmentJson } from '../entry/entry-json.js';
import { NewerSchema } from '../entry/faults.js';
import { knownTypes, type EventTypes } from './check-event.js';
import type { Logged } from './event-draft.js';

/** What to show in the place of a commitment: its value, or why not. */
export type Reveal = (pointer: string) => unknown;

const WITHHELD: Unreadable = Object.freeze({ state: 'withheld' });

/**
 * An entry as an event in its newest schema, personal fields withheld.
 * @returns undefined for a type the catalogue does not have
 * @throws NewerSchema the entry was written by a newer build
 */
export function recordedOf(entry: Entry, types: EventTypes = knownTypes): Logged | undefined {
  return recordedFrom(entry, types, () => WITHHELD);
}

/** `recordedOf` with each personal field as `reveal` answers it. */
export function recordedFrom(entry: Entry, types: EventTypes, reveal: Reveal): Logged | undefined {
  const { json, command, causation } = entry;
  const type = types.get(json.type);
  if (type === undefined) return undefined;
  if (json.schema > type.schema) throw new NewerSchema(json.type, json.schema, type.schema);
  const stored = entry.commitments.length === 0 ? json.body : revealIn(json.body, '/body', reveal);
  return {
    id: json.id,
    event: { type: json.type, body: type.upcast(json.schema, stored) },
    schema: type.schema,
    stream: json.stream,
    context: contextOf(entry, reveal),
    recordedAt: json.recordedAt,
    command,
    causation,
    leaf: entry.leaf,
  };
}

function contextOf({ json }: Entry, reveal: Reveal): EntryContext {
  const { actor, source, authorization, reason } = json;
  const personal = (member: CommitmentJson | null, pointer: string): Personal<string> | null =>
    member === null ? null : (reveal(pointer) as Personal<string>);
  return {
    log: json.log,
    occurredAt: json.occurredAt,
    actor: {
      kind: actor.kind,
      id: actor.id,
      onBehalfOf: actor.onBehalfOf,
      name: personal(actor.name, '/actor/name'),
    },
    source: source && {
      ip: personal(source.ip, '/source/ip'),
      agent: personal(source.agent, '/source/agent'),
      country: source.country,
    },
    authorization: authorization && { permission: authorization.permission, grant: authorization.grant },
    reason: reason && { code: reason.code, ticket: personal(reason.ticket, '/reason/ticket') },
    outcome: json.outcome,
    correlation: json.correlation,
  };
}

function revealIn(value: Json, pointer: string, reveal: Reveal): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item, i) => revealIn(item, `${pointer}/${i}`, reveal));
  if ('$c' in value) return reveal(pointer);
  const shown: Record<string, unknown> = {};
  for (const name in value) {
    const member = value[name];
    shown[name] =
      typeof member === 'object' && member !== null ? revealIn(member, `${pointer}/${name}`, reveal) : member;
  }
  return shown;
}

const isList = (value: object): value is readonly Json[] => Array.isArray(value);
