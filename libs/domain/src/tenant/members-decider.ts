import { accept, reject, type Decider, type Decision } from '../kernel/decider.js';
import type { Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { valueOf, withValue, type Keyed } from '../kernel/keyed.js';
import type { MemberCommand } from './members-commands.js';
import { memberEvents, type MemberEvent, type MemberRole } from './members-events.js';

export interface Member {
  readonly role: MemberRole;
  readonly active: boolean;
}

export interface MembersState {
  readonly members: Keyed<Member>;
  /** How many are active and owner. */
  readonly owners: number;
}

export const membersDecider: Decider<MemberCommand, MemberEvent, Guarded<MembersState>> = guard(
  { initial: { members: new Map(), owners: 0 }, decide, evolve },
  { types: memberEvents, always: ['deactivate-member'] },
);

export const memberOfTenant = ({ members }: MembersState, user: Uuid): Member | undefined =>
  valueOf(members, user);

function decide(state: MembersState, command: MemberCommand): Decision<MemberEvent> {
  const { user } = command;
  const member = valueOf(state.members, user);
  switch (command.kind) {
    case 'invite-member': {
      if (member?.active === true) return reject('member.already-active', { user });
      const { role, address, name } = command;
      return accept({ type: 'tenant.member-invited', body: { user, role, address, name } });
    }
    case 'change-member-role': {
      if (member === undefined) return reject('member.unknown', { user });
      if (!member.active) return reject('member.not-active', { user });
      if (member.role === command.role) return accept();
      if (isLastOwner(state, member)) return reject('member.last-owner', { user });
      return accept({
        type: 'tenant.member-role-changed',
        body: { user, from: member.role, to: command.role },
      });
    }
    case 'deactivate-member': {
      if (member === undefined) return reject('member.unknown', { user });
      if (!member.active) return reject('member.not-active', { user });
      if (isLastOwner(state, member)) return reject('member.last-owner', { user });
      return accept({ type: 'tenant.member-deactivated', body: { user, role: member.role } });
    }
  }
}

const isLastOwner = ({ owners }: MembersState, member: Member): boolean =>
  member.role === 'owner' && owners === 1;

function evolve(state: MembersState, event: MemberEvent): MembersState {
  switch (event.type) {
    case 'tenant.member-invited':
      return withMember(state, event.body.user, { role: event.body.role, active: true });
    case 'tenant.member-role-changed':
      return withMember(state, event.body.user, { role: event.body.to, active: true });
    case 'tenant.member-deactivated':
      return withMember(state, event.body.user, { role: event.body.role, active: false });
  }
}

function withMember({ members, owners }: MembersState, user: Uuid, after: Member): MembersState {
  const before = valueOf(members, user);
  return { members: withValue(members, user, after), owners: owners + counts(after) - counts(before) };
}

const counts = (member: Member | undefined): number =>
  member?.active === true && member.role === 'owner' ? 1 : 0;
