import { deepStrictEqual } from 'node:assert/strict';
import type { Decider, Decision, DomainEvent, Fact, RejectionCode } from '@candor/domain';

/** The id of the nth given event, from 0. */
export const factId = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

/** Who did everything of which nothing else is said. */
export const SOMEBODY = '00000000-0000-4000-8000-0000000000aa';

export interface GivenOptions {
  /** Whose act the nth given event was; default SOMEBODY. */
  readonly by?: (n: number) => string;
  /** When the nth given event occurred; default 2026-01-01 for all. */
  readonly occurredAt?: (n: number) => string;
}

/** What a command led to, to be compared. */
export interface Outcome<Event> {
  readonly decision: Decision<Event>;
  /** Exactly these events, in this order. */
  readonly then: (...events: readonly Event[]) => void;
  /** Accepted; nothing had to change. */
  readonly thenNothing: () => void;
  readonly thenRejected: (code: RejectionCode, detail?: Readonly<Record<string, unknown>>) => void;
}

/** `given(decider, …events).when(command).then(…events)`: what happened, what is asked, what follows. */
export function given<Command, Event extends DomainEvent, State>(
  decider: Decider<Command, Event, State>,
  ...events: readonly Event[]
): { readonly when: (command: Command) => Outcome<Event>; readonly state: State } {
  return givenAt({}, decider, ...events);
}

/** The same where it matters when the events occurred. */
export function givenAt<Command, Event extends DomainEvent, State>(
  options: GivenOptions,
  decider: Decider<Command, Event, State>,
  ...events: readonly Event[]
): { readonly when: (command: Command) => Outcome<Event>; readonly state: State } {
  const state = fold(decider, events, options);
  return { state, when: (command) => outcomeOf(decider.decide(state, command)) };
}

/** The state after events, seen as a store would show them: without outcomes, with ids and times. */
export function fold<Event extends DomainEvent, State>(
  { initial, evolve }: Pick<Decider<never, Event, State>, 'initial' | 'evolve'>,
  events: readonly Event[],
  { occurredAt = () => '2026-01-01T00:00:00.000Z', by = () => SOMEBODY }: GivenOptions = {},
): State {
  const fact = (n: number): Fact => ({ id: factId(n), occurredAt: occurredAt(n), by: by(n) });
  return events.reduce((state, event, n) => evolve(state, event, fact(n)), initial);
}

function outcomeOf<Event>(decision: Decision<Event>): Outcome<Event> {
  return {
    decision,
    then: (...events) => {
      deepStrictEqual(decision, { ok: true, events });
    },
    thenNothing: () => {
      deepStrictEqual(decision, { ok: true, events: [] });
    },
    thenRejected: (code, detail) => {
      deepStrictEqual(decision, {
        ok: false,
        rejection: detail === undefined ? { code } : { code, detail },
      });
    },
  };
}
