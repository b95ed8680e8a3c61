import type { DomainEvent } from '@candor/domain';
import type { Executed, ExecutionResult, Logged } from '@candor/event-store';
import { Problem } from '../problem/problem.js';

/** An event that is stored, and what its receipt is made of. */
export interface StoredRef extends Pick<Logged, 'id' | 'leaf' | 'recordedAt'> {
  readonly type: string;
}

/** What a command stored, now or when it was first sent. */
export interface CommandOutcome {
  readonly events: readonly StoredRef[];
  readonly position: bigint | undefined;
}

export const storedRef = ({ id, event, leaf, recordedAt }: Logged): StoredRef => ({
  id,
  type: event.type,
  leaf,
  recordedAt,
});

/** The first event of what was stored; null where nothing had to be. */
export function firstRef({ events: [event] }: Pick<Executed<DomainEvent>, 'events'>): StoredRef | null {
  return event === undefined ? null : storedRef(event);
}

/** @throws Problem with the code of the rejection */
export function outcomeOf(result: ExecutionResult<DomainEvent>): CommandOutcome {
  if (!result.ok) throw new Problem(result.rejection.code, { members: { info: result.rejection.detail } });
  return { events: result.events.map(storedRef), position: result.position };
}
