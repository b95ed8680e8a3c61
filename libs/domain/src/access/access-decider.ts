import { recordConflict, type Conflicts } from '../kernel/conflicts.js';
import { accept, reject, type Decider, type Decision, type Fact } from '../kernel/decider.js';
import type { Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { inFuture } from '../kernel/time.js';
import type { AccessCommand, RecordAccessConflict, ReportAccess } from './access-commands.js';
import { accessEvents, type AccessEvent } from './access-events.js';

export interface AccessState {
  /** The event that recorded the access; null until there is one. */
  readonly access: Uuid | null;
  readonly flagged: boolean;
  readonly conflicts: Conflicts;
}

export const accessDecider: Decider<AccessCommand, AccessEvent, Guarded<AccessState>> = guard(
  { initial: { access: null, flagged: false, conflicts: [] }, decide, evolve },
  { types: accessEvents },
);

function decide(state: AccessState, command: AccessCommand): Decision<AccessEvent> {
  const { access, flagged, conflicts } = state;
  switch (command.kind) {
    case 'report-access':
      if (access !== null) return reject('access.already-reported', { access });
      return report(command);
    case 'record-access-conflict':
      if (access === null) return reject('access.unknown');
      return recordConflict(conflicts, command.report, conflictDetected(command));
    case 'flag-uncovered-access': {
      if (access !== command.access) return reject('access.unknown');
      if (flagged) return accept();
      const { missing, grant, rule } = command;
      return accept({ type: 'access.uncovered-detected', body: { access, missing, grant, rule } });
    }
  }
}

function report({ at, reporter, occurredAt, outcome, details }: ReportAccess): Decision<AccessEvent> {
  if (inFuture(occurredAt, at)) return reject('time.in-future', { field: 'occurredAt' });
  const categories = [...new Set(details.categories)].sort();
  return accept({
    type: 'access.data-accessed',
    // The head last: what is reported never says who reported it, or when.
    body: { ...details, categories, reporter, receivedAt: at },
    outcome,
  });
}

function conflictDetected({ at, reporter, conflictsWith, report }: RecordAccessConflict): AccessEvent {
  return { type: 'access.conflict-detected', body: { reporter, receivedAt: at, conflictsWith, report } };
}

function evolve(state: AccessState, event: AccessEvent, fact: Fact): AccessState {
  switch (event.type) {
    case 'access.data-accessed':
      return { ...state, access: fact.id };
    case 'access.conflict-detected':
      return { ...state, conflicts: [...state.conflicts, event.body.report] };
    case 'access.uncovered-detected':
      return { ...state, flagged: true };
  }
}
