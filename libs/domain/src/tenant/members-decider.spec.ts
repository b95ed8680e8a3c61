import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { factId, fold, given } from '@candor/testing';
import type { MemberCommand } from './members-commands.js';
import { memberOfTenant, membersDecider } from './members-decider.js';
import { memberRoles, type MemberEvent, type MemberRole } from './members-events.js';

const at = '2026-01-01T00:00:00.000Z';
const mara = '0f3a2b1c-0000-4000-8000-00000000000a';
const jon = '0f3b2b1c-0000-4000-8000-00000000000b';

const invite = (user: string, role: MemberRole) =>
  ({ kind: 'invite-member', at, user, role, address: 'x@y.example', name: null }) as const;
const changeRole = (user: string, role: MemberRole) =>
  ({ kind: 'change-member-role', at, user, role }) as const;
const deactivate = (user: string) => ({ kind: 'deactivate-member', at, user }) as const;

const invited = (user: string, role: MemberRole): MemberEvent => ({
  type: 'tenant.member-invited',
  body: { user, role, address: 'x@y.example', name: null },
});
const roleChanged = (user: string, from: MemberRole, to: MemberRole): MemberEvent => ({
  type: 'tenant.member-role-changed',
  body: { user, from, to },
});
const deactivated = (user: string, role: MemberRole): MemberEvent => ({
  type: 'tenant.member-deactivated',
  body: { user, role },
});

describe('inviting', () => {
  test('makes a member', () => {
    given(membersDecider).when(invite(mara, 'owner')).then(invited(mara, 'owner'));
  });

  test('one living membership per user', () => {
    given(membersDecider, invited(mara, 'owner'))
      .when(invite(mara, 'viewer'))
      .thenRejected('member.already-active', { user: mara });
  });

  test('again after deactivation', () => {
    given(membersDecider, invited(mara, 'owner'), invited(jon, 'admin'), deactivated(jon, 'admin'))
      .when(invite(jon, 'viewer'))
      .then(invited(jon, 'viewer'));
  });
});

describe('changing a role', () => {
  const both = [invited(mara, 'owner'), invited(jon, 'member')] as const;

  test('says from and to', () => {
    given(membersDecider, ...both)
      .when(changeRole(jon, 'admin'))
      .then(roleChanged(jon, 'member', 'admin'));
  });

  test('to the same changes nothing, for the last owner too', () => {
    given(membersDecider, ...both)
      .when(changeRole(jon, 'member'))
      .thenNothing();
    given(membersDecider, ...both)
      .when(changeRole(mara, 'owner'))
      .thenNothing();
  });

  test('of nobody, or of one deactivated', () => {
    given(membersDecider).when(changeRole(jon, 'admin')).thenRejected('member.unknown', { user: jon });
    given(membersDecider, ...both, deactivated(jon, 'member'))
      .when(changeRole(jon, 'admin'))
      .thenRejected('member.not-active', { user: jon });
  });

  test('of the last owner is refused until there is another', () => {
    given(membersDecider, ...both)
      .when(changeRole(mara, 'admin'))
      .thenRejected('member.last-owner', { user: mara });
    given(membersDecider, ...both, roleChanged(jon, 'member', 'owner'))
      .when(changeRole(mara, 'admin'))
      .then(roleChanged(mara, 'owner', 'admin'));
  });
});

describe('deactivating', () => {
  test('keeps the role held until then', () => {
    given(membersDecider, invited(mara, 'owner'), invited(jon, 'admin'))
      .when(deactivate(jon))
      .then(deactivated(jon, 'admin'));
  });

  test('nobody, or one twice', () => {
    given(membersDecider).when(deactivate(jon)).thenRejected('member.unknown', { user: jon });
    given(membersDecider, invited(jon, 'admin'), deactivated(jon, 'admin'))
      .when(deactivate(jon))
      .thenRejected('member.not-active', { user: jon });
  });

  test('the last owner is refused; an owner who left does not count', () => {
    given(membersDecider, invited(mara, 'owner'), invited(jon, 'owner'), deactivated(jon, 'owner'))
      .when(deactivate(mara))
      .thenRejected('member.last-owner', { user: mara });
  });

  test('is possible in a full stream', () => {
    const { state } = given(membersDecider, invited(mara, 'owner'), invited(jon, 'admin'));
    const full = { ...state, events: 10_000 };
    expect(membersDecider.decide(full, deactivate(jon)).ok).toBe(true);
    expect(membersDecider.decide(full, changeRole(jon, 'owner'))).toMatchObject({
      rejection: { code: 'stream.full' },
    });
  });
});

const anyUser = fc.integer({ min: 0, max: 4 }).map(factId);
const anyRole = fc.constantFrom(...memberRoles);
const anyCommand: fc.Arbitrary<MemberCommand> = fc.oneof(
  fc.tuple(anyUser, anyRole).map(([user, role]) => invite(user, role)),
  fc.tuple(anyUser, anyRole).map(([user, role]) => changeRole(user, role)),
  anyUser.map(deactivate),
);

test('no sequence of commands takes the last owner away, or makes a member twice', () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 60 }), (commands) => {
      const history: MemberEvent[] = [];
      const roles = new Map<string, MemberRole>();
      let hadOwner = false;
      for (const command of commands) {
        const decision = membersDecider.decide(fold(membersDecider, history), command);
        if (!decision.ok) continue;
        for (const event of decision.events) {
          history.push(event);
          const { user } = event.body;
          if (event.type === 'tenant.member-invited') expect(roles.has(user)).toBe(false);
          if (event.type === 'tenant.member-invited') roles.set(user, event.body.role);
          if (event.type === 'tenant.member-role-changed') roles.set(user, event.body.to);
          if (event.type === 'tenant.member-deactivated') roles.delete(user);
        }
        const owners = [...roles.values()].filter((role) => role === 'owner').length;
        hadOwner ||= owners > 0;
        expect(owners > 0).toBe(hadOwner);
        expect(fold(membersDecider, history).state.owners).toBe(owners);
      }
    }),
  );
});

test('of thousands of members each is found again', () => {
  const events = Array.from({ length: 10_000 }, (_, n) =>
    invited(`${(n % 256).toString(16).padStart(2, '0')}${factId(n).slice(2)}`, 'member'),
  );
  const { state } = fold(membersDecider, events);
  expect(memberOfTenant(state, events.at(-1)?.body.user ?? '')).toEqual({ role: 'member', active: true });
});
