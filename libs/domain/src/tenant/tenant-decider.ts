import { accept, reject, type Decider, type Decision } from '../kernel/decider.js';
import type { Personal, Timestamp } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { inPast } from '../kernel/time.js';
import type { OffboardTenant, ProfileChanges, RegisterTenant, TenantCommand } from './tenant-commands.js';
import { profileFields, tenantEvents, type TenantEvent } from './tenant-events.js';

export interface Profile {
  readonly legalName: Personal<string>;
  readonly registerNumber: Personal<string> | null;
  readonly country: string;
  readonly breachContact: Personal<string> | null;
}

/** Null until the tenant is registered. `returnUntil`: null until it is offboarded. */
export type TenantState = (Profile & { readonly returnUntil: Timestamp | null }) | null;

export const tenantDecider: Decider<TenantCommand, TenantEvent, Guarded<TenantState>> = guard(
  { initial: null as TenantState, decide, evolve },
  { types: tenantEvents },
);

function decide(profile: TenantState, command: TenantCommand): Decision<TenantEvent> {
  switch (command.kind) {
    case 'register-tenant':
      return profile === null ? accept(registered(command)) : reject('tenant.already-registered');
    case 'change-profile':
      if (profile === null) return reject('tenant.unknown');
      return profile.returnUntil === null
        ? changeProfile(profile, command.changes)
        : reject('tenant.offboarded');
    case 'offboard-tenant':
      if (profile === null) return reject('tenant.unknown');
      return profile.returnUntil === null ? offboard(command) : reject('tenant.offboarded');
  }
}

function registered(command: RegisterTenant): TenantEvent {
  const { slot, operator, legalName, registerNumber, country, role, dataRegion, breachContact } = command;
  return {
    type: 'tenant.registered',
    body: { slot, operator, legalName, registerNumber, country, role, dataRegion, breachContact },
  };
}

/** Data are returned before their keys lapse (GDPR Art. 28(3)(g)): not in the past. */
function offboard({ at, returnUntil }: OffboardTenant): Decision<TenantEvent> {
  if (inPast(returnUntil, at)) return reject('time.in-past', { field: 'returnUntil' });
  return accept({ type: 'tenant.offboarded', body: { returnUntil } });
}

function changeProfile(before: Profile, changes: ProfileChanges): Decision<TenantEvent> {
  const changed = profileFields.filter(
    (field) => changes[field] !== undefined && changes[field] !== before[field],
  );
  if (changed.length === 0) return accept();
  const after: Profile = {
    legalName: changes.legalName ?? before.legalName,
    registerNumber: given(changes.registerNumber, before.registerNumber),
    country: changes.country ?? before.country,
    breachContact: given(changes.breachContact, before.breachContact),
  };
  const unreadable = profileFields.filter(
    (field) => typeof after[field] === 'object' && after[field] !== null,
  );
  if (unreadable.length > 0) return reject('tenant.profile-unreadable', { fields: unreadable });
  return accept({ type: 'tenant.profile-changed', body: { changed, ...after } });
}

/** Null is a value that can be given; absent is not. */
const given = <T>(change: T | undefined, before: T): T => (change === undefined ? before : change);

function evolve(state: TenantState, event: TenantEvent): TenantState {
  switch (event.type) {
    case 'tenant.registered':
    case 'tenant.profile-changed': {
      const { legalName, registerNumber, country, breachContact } = event.body;
      return { legalName, registerNumber, country, breachContact, returnUntil: state?.returnUntil ?? null };
    }
    case 'tenant.offboarded':
      return state === null ? state : { ...state, returnUntil: event.body.returnUntil };
  }
}
