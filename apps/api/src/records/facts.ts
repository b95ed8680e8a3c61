import type { AccessDetails, DeliveryFact, EntryContext, Timestamp, Uuid } from '@candor/domain';
import { without } from '../without.js';
import type { AccessLine, DeliveryLine } from './line/line-schema.js';

/** The entry around a reported access: who accessed, under what, with what outcome, as reported. */
export function accessContext(line: AccessLine, log: Uuid, correlation: Uuid): EntryContext {
  const { occurredAt, actor, source, authorization, reason, outcome } = line;
  return { log, occurredAt, actor, source, authorization, reason, outcome, correlation };
}

export function accessDetailsOf(line: AccessLine): AccessDetails {
  const { resource, within, user, operation, level, purpose, purposeText, categories, records } = line;
  // Marked as personal, its type allows for a value that cannot be read; what was reported is always open.
  const text = purposeText as string | null;
  return { resource, within, user, operation, level, purpose, purposeText: text, categories, records };
}

/** The entry around what a service itself reports or causes. */
export function reporterContext(
  reporter: Uuid,
  log: Uuid,
  permission: string,
  occurredAt: Timestamp,
  correlation: Uuid,
): EntryContext {
  return {
    log,
    occurredAt,
    actor: { kind: 'service', id: reporter, onBehalfOf: null, name: null },
    source: null,
    authorization: { permission, grant: null },
    reason: null,
    outcome: 'success',
    correlation,
  };
}

/** What a delivery line says beyond its head, with the address where its event wants it. */
export function deliveryFactOf(line: DeliveryLine): DeliveryFact {
  const { type, recipient } = line;
  const details = without(line, 'type', 'recordKey', 'key', 'occurredAt', 'recipient');
  return {
    type,
    details: type === 'delivery.accepted' ? { address: recipient, ...details } : details,
  } as unknown as DeliveryFact;
}
