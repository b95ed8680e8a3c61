import { recordConflict, type Conflicts } from '../kernel/conflicts.js';
import { accept, reject, type Decider, type Decision, type Fact } from '../kernel/decider.js';
import type { Timestamp, Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { inFuture } from '../kernel/time.js';
import type { DeliveryCommand, ReportDelivery } from './commands.js';
import { deliveryEvents, type DeliveryEvent } from './events.js';
import { risen, statusOf, type DeliveryStatus } from './policy.js';

/** The end that stands, with what tells it from another. */
export interface DeliveryEnd {
  readonly id: Uuid;
  readonly fingerprint: string;
}

export interface DeliveryState {
  readonly status: DeliveryStatus;
  readonly end: DeliveryEnd | null;
  readonly conflicts: Conflicts;
}

export const deliveryDecider: Decider<DeliveryCommand, DeliveryEvent, Guarded<DeliveryState>> = guard(
  { initial: { status: 'none', end: null, conflicts: [] }, decide, evolve },
  { types: deliveryEvents },
);

function decide(state: DeliveryState, command: DeliveryCommand): Decision<DeliveryEvent> {
  switch (command.kind) {
    case 'report-delivery':
      return report(state, command);
    case 'record-delivery-conflict':
      if (state.status === 'none') return reject('delivery.unknown');
      return recordConflict(
        state.conflicts,
        command.report,
        conflictDetected(command, command.conflictsWith),
      );
  }
}

function report({ end, conflicts }: DeliveryState, command: ReportDelivery): Decision<DeliveryEvent> {
  const { at, occurredAt, fact } = command;
  if (inFuture(occurredAt, at)) return reject('time.in-future', { field: 'occurredAt' });
  switch (fact.type) {
    case 'delivery.accepted':
    case 'delivery.attempted':
      return accept(recorded(command));
    case 'delivery.deferred':
      return accept<DeliveryEvent>({ ...recorded(command), outcome: 'failure' });
    case 'delivery.delivered':
    case 'delivery.relayed':
    case 'delivery.failed': {
      const event = recorded(command);
      if (end === null)
        return accept(fact.type === 'delivery.failed' ? { ...event, outcome: 'failure' } : event);
      if (end.fingerprint === fingerprint(fact.type, fact.details, occurredAt)) return accept();
      return recordConflict(conflicts, command.report, conflictDetected(command, end.id));
    }
  }
}

/**
 * The guard checks the body against the schema of this very type, so that the pairing needs no switch here. The head
 * comes last: what is reported never says who reported it, or when.
 */
function recorded({ at, reporter, messageId, recipient, fact }: ReportDelivery): DeliveryEvent {
  return {
    type: fact.type,
    body: { ...fact.details, reporter, receivedAt: at, messageId, recipient },
  } as DeliveryEvent;
}

function conflictDetected(
  { at, reporter, messageId, recipient, report }: DeliveryCommand,
  conflictsWith: Uuid,
): DeliveryEvent {
  return {
    type: 'delivery.conflict-detected',
    body: { reporter, receivedAt: at, messageId, recipient, conflictsWith, report },
  };
}

/**
 * Two reports of an end are the same when kind, attempt, status, reason and time are. Words are left out: they can be
 * erased, and the answer must not depend on that.
 */
function fingerprint(
  type: string,
  ending: { readonly attempt: number | null; readonly status: string; readonly reason?: string },
  occurredAt: Timestamp,
): string {
  return [type, ending.attempt ?? '', ending.status, ending.reason ?? '', occurredAt].join(' ');
}

function evolve(state: DeliveryState, event: DeliveryEvent, { id, occurredAt }: Fact): DeliveryState {
  const status = risen(state.status, statusOf(event.type));
  switch (event.type) {
    case 'delivery.accepted':
    case 'delivery.attempted':
    case 'delivery.deferred':
      return { ...state, status };
    case 'delivery.delivered':
    case 'delivery.relayed':
    case 'delivery.failed': {
      const end = state.end ?? { id, fingerprint: fingerprint(event.type, event.body, occurredAt) };
      return { ...state, status, end };
    }
    case 'delivery.conflict-detected':
      return { ...state, conflicts: [...state.conflicts, event.body.report] };
  }
}
