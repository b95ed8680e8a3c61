import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { line, lines, timestamp, uuid } from '../kernel/fields.js';
import { personal } from '../kernel/personal.js';
import { targetByField } from '../kernel/target.js';
import { granteeKinds, level, scope } from './vocabulary.js';

const common = {
  category: 'grant',
  log: 'tenant',
  retention: 'access',
  upcasters: [],
  target: targetByField('grant', 'grant'),
} as const;

const grantee = { kind: z.enum(granteeKinds), id: uuid };

export const grantRequested = defineEvent({
  ...common,
  type: 'access.grant-requested',
  means:
    "Somebody asked for access. The entry's actor asked; its reason says why in a code, `statement` in words.",
  schemas: [
    z.strictObject({
      grant: uuid,
      grantee: z.strictObject({ ...grantee, name: personal(line(), 'grantee').nullable() }),
      level,
      scope,
      from: timestamp,
      until: timestamp,
      statement: personal(lines(2_000), 'tenant').nullable(),
    }),
  ],
});

export const grantApproved = defineEvent({
  ...common,
  type: 'access.grant-approved',
  means:
    "The entry's actor approved, for the side named. `outright`: the same person asked, approved and activated.",
  schemas: [
    z.strictObject({
      grant: uuid,
      side: z.enum(['tenant', 'operator']),
      outright: z.boolean(),
      until: timestamp,
    }),
  ],
});

export const grantActivated = defineEvent({
  ...common,
  type: 'access.grant-activated',
  means:
    'What holds from now on: usable from `from`, which is never before this event, until just before `until`.',
  schemas: [
    z.strictObject({
      grant: uuid,
      grantee: z.strictObject(grantee),
      level,
      scope,
      from: timestamp,
      until: timestamp,
    }),
  ],
});

export const grantRevoked = defineEvent({
  ...common,
  type: 'access.grant-revoked',
  means:
    "The grant ended at the entry's occurredAt. `lastUseBy` is when the last permit given before can be used.",
  schemas: [z.strictObject({ grant: uuid, lastUseBy: timestamp })],
});

export const grantExpired = defineEvent({
  ...common,
  type: 'access.grant-expired',
  means: 'A late fact: the grant was over at `until`, whenever this was noticed.',
  schemas: [z.strictObject({ grant: uuid, until: timestamp })],
});

export type GrantRequested = EventOf<typeof grantRequested>;
export type GrantApproved = EventOf<typeof grantApproved>;
export type GrantActivated = EventOf<typeof grantActivated>;
export type GrantRevoked = EventOf<typeof grantRevoked>;
export type GrantExpired = EventOf<typeof grantExpired>;
export type GrantEvent = GrantRequested | GrantApproved | GrantActivated | GrantRevoked | GrantExpired;

export const grantEvents = [
  grantRequested,
  grantApproved,
  grantActivated,
  grantRevoked,
  grantExpired,
] as const;
