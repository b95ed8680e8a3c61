import type { CandorEvent, Recorded } from '@candor/domain';
import { UnknownEventType } from '@candor/event-store';
import type { BatchEvent } from './projection.js';

/**
 * The event in its newest form, for a view that must understand it.
 * @throws UnknownEventType, NewerSchema: the view stops rather than skip
 */
export function known(event: BatchEvent): Recorded<CandorEvent> {
  const recorded = event.recorded();
  if (recorded === undefined) throw new UnknownEventType(event.stored.type);
  return recorded as Recorded<CandorEvent>;
}
