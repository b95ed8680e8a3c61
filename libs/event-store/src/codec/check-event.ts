import { catalogue, type DomainEvent, type EventType } from '@candor/domain';
import { UnknownEventType } from '../entry/faults.js';
import { InvalidEvent } from './faults.js';

/** Event types by name; the domain's catalogue is one. */
export interface EventTypes {
  get(type: string): EventType | undefined;
}

export const knownTypes: EventTypes = catalogue;

/** Events that have been held against their schema, so that nobody does it twice. */
const checked = new WeakSet<DomainEvent>();

/** @throws UnknownEventType */
export function typeOf(types: EventTypes, name: string): EventType {
  const type = types.get(name);
  if (type === undefined) throw new UnknownEventType(name);
  return type;
}

/**
 * A new event held against its newest schema; the same value when it was already.
 * @throws UnknownEventType, InvalidEvent
 */
export function checkEvent<E extends DomainEvent>(types: EventTypes, event: E): E {
  if (checked.has(event)) return event;
  const type = typeOf(types, event.type);
  let body: unknown;
  try {
    body = type.check(event.body);
  } catch (cause) {
    throw new InvalidEvent(event.type, 'the body does not pass its schema', { cause });
  }
  const passed = { ...event, body };
  checked.add(passed);
  return passed;
}
