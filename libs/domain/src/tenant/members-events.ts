import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { address, line, uuid } from '../kernel/fields.js';
import { personal } from '../kernel/personal.js';
import { targetByField } from '../kernel/target.js';

export const memberRoles = ['owner', 'admin', 'member', 'viewer'] as const;
export type MemberRole = (typeof memberRoles)[number];

const role = z.enum(memberRoles);

export const memberInvited = defineEvent({
  type: 'tenant.member-invited',
  means: 'A person became a member, for the first time or again.',
  category: 'members',
  log: 'tenant',
  retention: 'account',
  schemas: [
    z.strictObject({
      user: uuid,
      role,
      address: personal(address, 'user'),
      name: personal(line(), 'user').nullable(),
    }),
  ],
  upcasters: [],
  target: targetByField('user', 'user'),
});

export const memberRoleChanged = defineEvent({
  type: 'tenant.member-role-changed',
  means: 'A member holds another role.',
  category: 'members',
  log: 'tenant',
  retention: 'account',
  schemas: [z.strictObject({ user: uuid, from: role, to: role })],
  upcasters: [],
  target: targetByField('user', 'user'),
});

export const memberDeactivated = defineEvent({
  type: 'tenant.member-deactivated',
  means: 'A member is one no more; `role` is what was held until now.',
  category: 'members',
  log: 'tenant',
  retention: 'account',
  schemas: [z.strictObject({ user: uuid, role })],
  upcasters: [],
  target: targetByField('user', 'user'),
});

export type MemberInvited = EventOf<typeof memberInvited>;
export type MemberRoleChanged = EventOf<typeof memberRoleChanged>;
export type MemberDeactivated = EventOf<typeof memberDeactivated>;
export type MemberEvent = MemberInvited | MemberRoleChanged | MemberDeactivated;

export const memberEvents = [memberInvited, memberRoleChanged, memberDeactivated] as const;
