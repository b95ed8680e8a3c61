import type { Actor, Timestamp, Uuid } from './entry.js';
import type { RejectionCode } from './rejections.js';

/** A pure decision procedure: no clock, no randomness, no I/O. Everything it needs arrives in its arguments. */
export interface Decider<Command, Event, State> {
  readonly initial: State;
  /** Never throws. */
  readonly decide: (state: State, command: Command) => Decision<Event>;
  /** Never throws and never decides: the fact already happened. */
  readonly evolve: (state: State, event: Event, fact: Fact) => State;
}

/** What a state may remember of an event's entry beside its body: enough to cite the event later. */
export interface Fact {
  /** The event's id in its log; drawn at the decision, so it is known before the append. */
  readonly id: Uuid;
  readonly occurredAt: Timestamp;
  /** Whose act it was, for what takes two people. */
  readonly by: Uuid;
}

/** The person behind an act: whom a service acted for, else the actor. */
export const personOf = ({ id, onBehalfOf }: Actor): Uuid => onBehalfOf ?? id;

export type Decision<Event> =
  | { readonly ok: true; readonly events: readonly Event[] }
  | { readonly ok: false; readonly rejection: Rejection };

/** A refusal the caller can act on. `code` is public API: never renamed, never reused. Nothing personal in `detail`. */
export interface Rejection {
  readonly code: `${string}.${string}`;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Accepted; without events nothing needed to change. */
export const accept = <Event>(...events: readonly Event[]): Decision<Event> => ({ ok: true, events });

export const reject = (code: RejectionCode, detail?: Rejection['detail']): Decision<never> => ({
  ok: false,
  rejection: detail === undefined ? { code } : { code, detail },
});
