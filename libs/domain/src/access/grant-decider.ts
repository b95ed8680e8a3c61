import { accept, reject, type Decider, type Decision, type Fact } from '../kernel/decider.js';
import type { Timestamp, Uuid } from '../kernel/entry.js';
import { code } from '../kernel/fields.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { inFuture, inPast, later, plus } from '../kernel/time.js';
import type { GrantAccess, GrantCommand } from './grant-commands.js';
import { grantEvents, type GrantEvent } from './grant-events.js';
import { LAST_USE, LONGEST_GRANT, type GrantTimes } from './grant-policy.js';

export type GrantState =
  | { readonly status: 'none' | 'requested' | 'approved' }
  | ({ readonly status: 'active' | 'revoked' | 'expired'; readonly grant: Uuid } & GrantTimes);

export const grantDecider: Decider<GrantCommand, GrantEvent, Guarded<GrantState>> = guard(
  { initial: { status: 'none' }, decide, evolve },
  { types: grantEvents, always: ['revoke-grant', 'expire-grant'] },
);

function decide(state: GrantState, command: GrantCommand): Decision<GrantEvent> {
  switch (command.kind) {
    case 'grant-access':
      return state.status === 'none' ? grantOutright(command) : reject('grant.already-exists');
    case 'revoke-grant':
      return revoke(state, command.at);
    case 'expire-grant':
      return expire(state, command.at);
  }
}

function grantOutright(command: GrantAccess): Decision<GrantEvent> {
  const { at, grant, grantee, granteeIsMember, level, scope, from, until, statement, side, reason } = command;
  if (!code.safeParse(reason).success) return reject('grant.reason-missing', { field: 'reason.code' });
  if (grantee.kind === 'user' && !granteeIsMember)
    return reject('grant.unknown-grantee', { field: 'grantee.id' });
  if (inFuture(from, at)) return reject('time.in-future', { field: 'from' });
  // A grant that reached back would cover what had no cover when it was done.
  if (inPast(from, at)) return reject('time.in-past', { field: 'from' });
  if (until <= later(from, at)) return reject('grant.period-empty', { field: 'until' });
  if (until > plus(from, LONGEST_GRANT)) return reject('grant.period-too-long', { field: 'until' });
  const { kind, id } = grantee;
  return accept<GrantEvent>(
    { type: 'access.grant-requested', body: { grant, grantee, level, scope, from, until, statement } },
    { type: 'access.grant-approved', body: { grant, side, outright: true, until } },
    {
      type: 'access.grant-activated',
      body: { grant, grantee: { kind, id }, level, scope, from: later(from, at), until },
    },
  );
}

function revoke(state: GrantState, at: Timestamp): Decision<GrantEvent> {
  switch (state.status) {
    case 'none':
      return reject('grant.unknown');
    case 'requested':
    case 'approved':
      return reject('grant.not-active');
    case 'revoked':
      return reject('grant.already-revoked');
    case 'expired':
      return reject('grant.already-expired');
    case 'active':
      if (at >= state.until) return reject('grant.already-expired');
      return accept({
        type: 'access.grant-revoked',
        body: { grant: state.grant, lastUseBy: plus(at, LAST_USE) },
      });
  }
}

function expire(state: GrantState, at: Timestamp): Decision<GrantEvent> {
  switch (state.status) {
    case 'none':
      return reject('grant.unknown');
    case 'requested':
    case 'approved':
      return reject('grant.not-active');
    case 'revoked':
    case 'expired':
      return accept();
    case 'active':
      if (at < state.until) return reject('grant.not-yet-expired', { until: state.until });
      return accept({ type: 'access.grant-expired', body: { grant: state.grant, until: state.until } });
  }
}

function evolve(state: GrantState, event: GrantEvent, fact: Fact): GrantState {
  switch (event.type) {
    case 'access.grant-requested':
      return { status: 'requested' };
    case 'access.grant-approved':
      return { status: 'approved' };
    case 'access.grant-activated': {
      const { grant, from, until } = event.body;
      return { status: 'active', grant, from, until, revokedAt: null };
    }
    case 'access.grant-revoked':
      return 'grant' in state ? { ...state, status: 'revoked', revokedAt: fact.occurredAt } : state;
    case 'access.grant-expired':
      return 'grant' in state ? { ...state, status: 'expired' } : state;
  }
}
