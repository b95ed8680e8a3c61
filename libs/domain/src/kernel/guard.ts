import { reject, type Decider, type Decision } from './decider.js';
import type { DomainEvent } from './entry.js';
import type { EventType } from './event-type.js';

/** The state of a decider, with how long its stream is. */
export interface Guarded<State> {
  readonly events: number;
  readonly state: State;
}

export interface GuardOptions<Command extends { readonly kind: string }> {
  /** The event types the decider may answer with. */
  readonly types: readonly EventType[];
  /** Commands that are decided however long the stream is: what takes a right away must always be possible. */
  readonly always?: readonly Command['kind'][];
}

/** A stream is read in one piece by whoever decides on it, so that it must stay readable. */
export const STREAM_LIMIT = 10_000;

/**
 * What holds for every decider: a stream takes no more than STREAM_LIMIT events, and a decision whose events do not pass
 * their schemas is refused as bad input instead of failing later.
 */
export function guard<Command extends { readonly kind: string }, Event extends DomainEvent, State>(
  decider: Decider<Command, Event, State>,
  { types, always = [] }: GuardOptions<Command>,
): Decider<Command, Event, Guarded<State>> {
  const byName = new Map(types.map((type) => [type.type, type]));
  return {
    initial: { events: 0, state: decider.initial },
    decide: ({ events, state }, command) => {
      const decision = checked(decider.decide(state, command), byName);
      const full = decision.ok && events + decision.events.length > STREAM_LIMIT;
      if (full && decision.events.length > 0 && !always.includes(command.kind)) return reject('stream.full');
      return decision;
    },
    evolve: ({ events, state }, event, fact) => ({
      events: events + 1,
      state: decider.evolve(state, event, fact),
    }),
  };
}

function checked<Event extends DomainEvent>(
  decision: Decision<Event>,
  types: ReadonlyMap<string, EventType>,
): Decision<Event> {
  if (!decision.ok) return decision;
  for (const event of decision.events) {
    const problem = types.get(event.type)?.problem(event.body);
    if (problem !== undefined) return reject('input.invalid', { type: event.type, ...problem });
  }
  return decision;
}
