import type { AccessEvent, DeliveryEvent, EntryContext, Recorded } from '@candor/domain';
import { accessDetailsOf, deliveryFactOf } from './facts.js';
import type { AccessLine, DeliveryLine } from './line/line-schema.js';
import { without } from '../without.js';
import { sameContent } from './same-content.js';

/** Whether a stored event is what this access line would store; when it was taken in is no part of the report. */
export function isSameAccess({ event, context }: Recorded<AccessEvent>, line: AccessLine): boolean {
  if (event.type !== 'access.data-accessed') return false;
  const details = without(event.body, 'reporter', 'receivedAt');
  const categories = [...new Set(line.categories)].sort();
  return (
    sameContent(details, { ...accessDetailsOf(line), categories }) &&
    sameContent(reportedPart(context), {
      occurredAt: line.occurredAt,
      actor: line.actor,
      source: line.source,
      authorization: line.authorization,
      reason: line.reason,
      outcome: line.outcome,
    })
  );
}

/** Whether a stored event is what this delivery line would store. */
export function isSameDelivery({ event, context }: Recorded<DeliveryEvent>, line: DeliveryLine): boolean {
  if (event.type !== line.type || context.occurredAt !== line.occurredAt) return false;
  const details = without(event.body, 'reporter', 'receivedAt', 'messageId', 'recipient');
  return sameContent(details, deliveryFactOf(line).details);
}

function reportedPart({ occurredAt, actor, source, authorization, reason, outcome }: EntryContext): unknown {
  return { occurredAt, actor, source, authorization, reason, outcome };
}
