import type { DomainEvent, Uuid } from '@candor/domain';
import type { ExecutionResult } from '@candor/event-store';
import { Problem } from '../problem/problem.js';

/** An event as a write's answer names it: enough to find it in the log. */
export interface StoredRef {
  readonly id: Uuid;
  readonly type: string;
}

/** What a command stored, now or when it was first sent. */
export interface CommandOutcome {
  readonly events: readonly StoredRef[];
  readonly position: bigint | undefined;
}

/** @throws Problem with the code of the rejection */
export function outcomeOf(result: ExecutionResult<DomainEvent>): CommandOutcome {
  if (!result.ok) throw new Problem(result.rejection.code, { members: { info: result.rejection.detail } });
  return {
    events: result.events.map(({ id, event }) => ({ id, type: event.type })),
    position: result.position,
  };
}
