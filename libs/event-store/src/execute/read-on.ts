import type { Uuid } from '@candor/domain';
import type { Codec } from '../codec/codec.js';
import type { Logged } from '../codec/event-draft.js';
import { decodeEntry } from '../entry/decode-entry.js';
import type { EventLog, StoredEvent } from '../event-log.js';
import { evolve, noteCommand, type EventRange, type KnownStream } from './known-stream.js';

/** Events opened at a time: one question to the vault. */
const PAGE = 256;

/** What a command stored. */
export interface StoredCommand {
  readonly events: readonly Logged[];
  /** Of its last event. */
  readonly position: bigint;
}

/** Commands that are waited for, and what was found of them on the way: spares reading it again. */
export type Found = Map<Uuid, StoredCommand | undefined>;

/**
 * Brings what is known of a stream up to date.
 * @param found its keys are looked for among the events that are read
 * @throws LogUnavailable, VaultUnavailable, CorruptEntry, NewerSchema, UnknownEventType
 */
export async function readOn(
  stream: string,
  known: KnownStream,
  { log, codec }: { readonly log: EventLog; readonly codec: Codec },
  found: Found,
): Promise<KnownStream> {
  const { decider, commands, since } = known;
  let { state, revision, position } = known;
  const fold = async (page: readonly StoredEvent[]): Promise<void> => {
    const opened = await codec.open(page.map(decodeEntry), 'list');
    for (const [i, stored] of page.entries()) {
      const recorded = at(opened, i);
      const { id, event, context, command } = recorded;
      const { occurredAt, actor } = context;
      state = evolve(decider, state, { id, event, occurredAt, actor });
      ({ revision, position } = stored);
      noteCommand(commands, command, revision);
      if (command !== null && found.has(command)) {
        found.set(command, { events: [...(found.get(command)?.events ?? []), recorded], position });
      }
    }
  };
  let page: StoredEvent[] = [];
  for await (const stored of log.readStream(stream, { from: revision + 1n })) {
    page.push(stored);
    if (page.length < PAGE) continue;
    await fold(page);
    page = [];
  }
  if (page.length > 0) await fold(page);
  return { decider, state, revision, position, commands, since };
}

/** What a command stored when it ran, opened. */
export async function readRange(
  stream: string,
  range: EventRange,
  { log, codec }: { readonly log: EventLog; readonly codec: Codec },
): Promise<StoredCommand> {
  const stored: StoredEvent[] = [];
  for await (const event of log.readStream(stream, { from: range.first, limit: range.count })) {
    stored.push(event);
  }
  return {
    events: await codec.open(stored.map(decodeEntry), 'list'),
    position: stored.at(-1)?.position ?? 0n,
  };
}

function at<T>(items: readonly T[], i: number): T {
  const item = items[i];
  if (item === undefined) throw new TypeError('every entry is answered by one event');
  return item;
}
