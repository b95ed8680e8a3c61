import { personOf, type Actor, type DomainEvent, type Uuid } from '@candor/domain';
import type { ExpectedRevision } from '../event-log.js';
import type { AnyDecider } from './pending.js';

/** Where a command's events stand in their stream. */
export interface EventRange {
  readonly first: bigint;
  readonly count: number;
}

/** What this process knows of a stream: true up to its revision, whatever came after. */
export interface KnownStream {
  readonly decider: AnyDecider;
  /** May hold opened personal values: MUST NOT be kept longer than 60 s (formats v1 §3.5). */
  readonly state: unknown;
  /** Of the last event, −1 before the first. */
  readonly revision: bigint;
  /** Of the last event, 0 before the first. */
  readonly position: bigint;
  /** Shared between versions of what is known, and only added to: what was stored stays stored. */
  readonly commands: Map<Uuid, EventRange>;
  /** When the oldest value in `state` was opened, by `Workshop.uptime`. */
  readonly since: number;
}

export const emptyStream = (decider: AnyDecider, since: number): KnownStream => ({
  decider,
  state: decider.initial,
  revision: -1n,
  position: 0n,
  commands: new Map(),
  since,
});

export const expectedAfter = ({ revision }: KnownStream): ExpectedRevision =>
  revision < 0n ? 'no-stream' : revision;

/** An event as a decider may see it: the same whether just decided or read back years later. */
export interface SeenEvent {
  readonly id: Uuid;
  readonly event: DomainEvent;
  readonly occurredAt: string;
  readonly actor: Actor;
}

export function evolve(decider: AnyDecider, state: unknown, seen: SeenEvent): unknown {
  const { id, event, occurredAt, actor } = seen;
  return decider.evolve(
    state,
    { type: event.type, body: event.body },
    { id, occurredAt, by: personOf(actor) },
  );
}

/** Notes that an event at a revision belongs to a command. The events of a command stand together. */
export function noteCommand(commands: Map<Uuid, EventRange>, command: Uuid | null, revision: bigint): void {
  if (command === null) return;
  const range = commands.get(command);
  if (range === undefined) commands.set(command, { first: revision, count: 1 });
  else commands.set(command, { first: range.first, count: Number(revision - range.first) + 1 });
}
