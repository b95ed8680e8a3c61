import type { Uuid } from '@candor/domain';
import type { Logged } from '../codec/event-draft.js';
import { appendSurely } from './append-surely.js';
import type { EncodedCommand } from './encode-decided.js';
import { expectedAfter, noteCommand, type EventRange, type KnownStream } from './known-stream.js';
import type { StoredCommand } from './read-on.js';
import type { Workshop } from './workshop.js';

/**
 * Appends the events of a batch together.
 * @returns what is known of the stream after it; undefined when someone else was quicker
 * @throws DeadlinePassed, and what an append throws
 */
export async function storeBatch(
  stream: string,
  known: KnownStream,
  commands: readonly EncodedCommand[],
  shop: Workshop,
): Promise<KnownStream | undefined> {
  const events = commands.flatMap((command) => command.events);
  const last = commands.at(-1)?.decided;
  if (last === undefined || events.length === 0) return known;
  for (const { decided, events: mine } of commands) if (mine.length > 0) decided.pending.sent = true;
  const awaited = (): boolean => commands.some(({ decided }) => !decided.pending.settled);
  const since = Math.min(...commands.map((command) => command.since));
  const expected = expectedAfter(known);
  const appended = await appendSurely({ stream, expected, events, awaited, since }, shop);
  if (appended === undefined) return undefined;
  let revision = known.revision;
  for (const { recorded } of events) noteCommand(known.commands, recorded.command, ++revision);
  if (revision !== appended.revision) {
    throw new TypeError(`${stream} is at ${appended.revision} where ${revision} was appended`);
  }
  return { ...known, state: last.state, revision, position: appended.position };
}

/**
 * Answers every command of a batch whose events are stored.
 * @param storedBy reads what an earlier run of a command stored
 */
export async function settleBatch(
  known: KnownStream,
  commands: readonly EncodedCommand[],
  storedBy: (command: Uuid, range: EventRange) => Promise<StoredCommand>,
): Promise<void> {
  const stored = new Map(commands.map(({ decided, events }) => [decided, events.map(recordedOf)]));
  for (const { decided } of commands) {
    const { pending, verdict } = decided;
    const answer = (events: readonly Logged[], position: bigint, repeated: boolean): void => {
      pending.settle({ ok: true, events, position, repeated });
    };
    switch (verdict.kind) {
      case 'append':
        answer(stored.get(decided) ?? [], known.position, false);
        break;
      case 'twin':
        answer(stored.get(verdict.of) ?? [], known.position, true);
        break;
      case 'nothing':
        answer([], known.position, false);
        break;
      case 'reject':
        pending.settle({ ok: false, rejection: verdict.rejection });
        break;
      case 'repeat': {
        const { events, position } = await storedBy(pending.execution.commandId, verdict.range);
        answer(events, position, true);
        break;
      }
    }
  }
}

const recordedOf = ({ recorded }: { readonly recorded: Logged }): Logged => recorded;
