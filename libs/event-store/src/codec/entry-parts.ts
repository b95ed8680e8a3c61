import { contextSchema, type EntryContext, type EventType, type Timestamp, type Uuid } from '@candor/domain';
import { InvalidEvent } from './faults.js';

/** An entry before its personal values are taken out: exactly the members of formats v1 §1.2. */
export interface EntryParts {
  readonly members: Readonly<Record<string, unknown>>;
  /** The context as it is stored: the event's own outcome where it states one. */
  readonly context: EntryContext;
}

export interface NewEntry {
  readonly id: Uuid;
  readonly stream: string;
  readonly body: unknown;
  readonly recordedAt: Timestamp;
  readonly context: EntryContext;
}

/** @throws InvalidEvent the context is not as it may be, or the type does not belong into this log or this stream */
export function entryParts(type: EventType, entry: NewEntry): EntryParts {
  const context = exactContext(entry.context);
  const wrong = contextSchema.safeParse(context).error?.issues[0];
  if (wrong !== undefined) {
    throw new InvalidEvent(type.type, `the context's ${wrong.path.join('.')} is not as it may be`);
  }
  if ((type.log === 'none') !== (context.log === null)) {
    throw new InvalidEvent(type.type, `belongs to a log of kind ${type.log}`);
  }
  if (!entry.stream.startsWith(`${type.category}-`)) {
    throw new InvalidEvent(type.type, `belongs into a stream of category ${type.category}`);
  }
  const members = {
    v: 1,
    log: context.log,
    id: entry.id,
    type: type.type,
    schema: type.schema,
    stream: entry.stream,
    occurredAt: context.occurredAt,
    recordedAt: entry.recordedAt,
    actor: context.actor,
    source: context.source,
    authorization: context.authorization,
    reason: context.reason,
    outcome: context.outcome,
    correlation: context.correlation,
    body: entry.body,
  };
  return { members, context };
}

/** Copies by name, so that nothing a caller carries along gets into the entry. */
function exactContext(context: EntryContext): EntryContext {
  const { log, occurredAt, actor, source, authorization, reason, outcome, correlation } = context;
  return {
    log,
    occurredAt,
    actor: { kind: actor.kind, id: actor.id, onBehalfOf: actor.onBehalfOf, name: actor.name },
    source: source && { ip: source.ip, agent: source.agent, country: source.country },
    authorization: authorization && {
      permission: authorization.permission,
      grant: authorization.grant,
    },
    reason: reason && { code: reason.code, ticket: reason.ticket },
    outcome,
    correlation,
  };
}
