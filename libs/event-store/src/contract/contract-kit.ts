import { randomUUID } from 'node:crypto';
import type { EncodedEvent, EventLog, LogMessage, StoredEvent } from '../event-log.js';

export type MakeLog = () => EventLog | Promise<EventLog>;

/** A stream of this run only: the log under test may be full of others. */
export const newStream = (category = 'contract'): string => `${category}-${randomUUID()}`;

export function anEvent(type = 'contract.happened', data: Uint8Array = Buffer.from('{}')): EncodedEvent {
  const metadata = Buffer.from(JSON.stringify({ command: randomUUID(), note: 'für später 🕰' }));
  return { id: randomUUID(), type, data, metadata };
}

export const someEvents = (count: number, type?: string): EncodedEvent[] =>
  Array.from({ length: count }, () => anEvent(type));

/** Reads to the end; a limit of what is taken makes tests of endless things end. */
export async function collect<T>(source: AsyncIterable<T>, atMost = Infinity): Promise<T[]> {
  const found: T[] = [];
  for await (const item of source) {
    found.push(item);
    if (found.length >= atMost) break;
  }
  return found;
}

export const idsOf = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

/** Follows until the wanted number of events is in; the messages in their order. */
export async function follow(
  messages: AsyncIterable<LogMessage>,
  events: number,
  each?: (message: LogMessage) => Promise<void> | void,
): Promise<LogMessage[]> {
  const seen: LogMessage[] = [];
  let left = events;
  for await (const message of messages) {
    seen.push(message);
    await each?.(message);
    if (message.kind === 'event' && --left === 0) break;
  }
  return seen;
}

export const eventsIn = (messages: readonly LogMessage[]): StoredEvent[] =>
  messages.flatMap((message) => (message.kind === 'event' ? [message.event] : []));
