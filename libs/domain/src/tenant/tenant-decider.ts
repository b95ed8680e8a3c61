import { accept, reject, type Decider, type Decision } from '../kernel/decider.js';
import type { Personal } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import type { ProfileChanges, RegisterTenant, TenantCommand } from './tenant-commands.js';
import { profileFields, tenantEvents, type TenantEvent } from './tenant-events.js';

export interface Profile {
  readonly legalName: Personal<string>;
  readonly registerNumber: Personal<string> | null;
  readonly country: string;
  readonly breachContact: Personal<string> | null;
}

/** Null until the tenant is registered. */
export type TenantState = Profile | null;

export const tenantDecider: Decider<TenantCommand, TenantEvent, Guarded<TenantState>> = guard(
  { initial: null as TenantState, decide, evolve },
  { types: tenantEvents },
);

function decide(profile: TenantState, command: TenantCommand): Decision<TenantEvent> {
  switch (command.kind) {
    case 'register-tenant':
      return profile === null ? accept(registered(command)) : reject('tenant.already-registered');
    case 'change-profile':
      return profile === null ? reject('tenant.unknown') : changeProfile(profile, command.changes);
  }
}

function registered(command: RegisterTenant): TenantEvent {
  const { slot, operator, legalName, registerNumber, country, role, dataRegion, breachContact } = command;
  return {
    type: 'tenant.registered',
    body: { slot, operator, legalName, registerNumber, country, role, dataRegion, breachContact },
  };
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

function evolve(_: TenantState, { body }: TenantEvent): TenantState {
  const { legalName, registerNumber, country, breachContact } = body;
  return { legalName, registerNumber, country, breachContact };
}
