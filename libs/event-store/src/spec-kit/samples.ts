import { randomUUID } from 'node:crypto';
import type { EntryContext, MemberCommand, MemberRole, Uuid } from '@candor/domain';
import type { Execution } from '../execute/execution.js';

export const aContext = (log: Uuid | null, more: Partial<EntryContext> = {}): EntryContext => ({
  log,
  occurredAt: '2026-03-01T12:00:00.000Z',
  actor: { kind: 'service', id: randomUUID(), onBehalfOf: null, name: null },
  source: null,
  authorization: null,
  reason: null,
  outcome: 'success',
  correlation: randomUUID(),
  ...more,
});

/** Every personal place of the envelope filled. */
export const aFullContext = (log: Uuid): EntryContext =>
  aContext(log, {
    actor: { kind: 'user', id: randomUUID(), onBehalfOf: randomUUID(), name: 'Zoë Muster' },
    source: { ip: '192.0.2.7', agent: 'Mail/1.0 (🕰)', country: 'CH' },
    authorization: { permission: 'members.invite', grant: randomUUID() },
    reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: 'T-1 "quoted"' },
  });

export function anInvitation(
  log: Uuid,
  more: { role?: MemberRole; user?: Uuid; deadline?: number; expectNew?: boolean } = {},
): Execution<MemberCommand> {
  const user = more.user ?? randomUUID();
  return {
    stream: `members-${log}`,
    command: {
      kind: 'invite-member',
      at: '2026-03-01T12:00:00.000Z',
      user,
      role: more.role ?? 'member',
      address: `${user.slice(0, 8)}@example.org`,
      name: 'Kim Example',
    },
    commandId: randomUUID(),
    causation: null,
    context: aContext(log),
    deadline: more.deadline ?? Date.now() + 10_000,
    ...(more.expectNew === undefined ? {} : { expectNew: more.expectNew }),
  };
}
