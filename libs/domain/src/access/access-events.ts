import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { line, lines, timestamp, token, uuid, whole } from '../kernel/fields.js';
import { personal } from '../kernel/personal.js';
import { memberOf } from '../kernel/plain.js';
import { target, targetByStream, type Target } from '../kernel/target.js';
import { container, level, operations, resource } from './vocabulary.js';

const common = { category: 'access', log: 'tenant', retention: 'access', upcasters: [] } as const;

/** The authenticated service that reported it, and when Candor took it in. */
const reported = { reporter: uuid, receivedAt: timestamp };

/** What a report of an access says of it; actor, outcome, grant and time stand in the entry around it. */
export const accessDetails = z.strictObject({
  resource,
  /** The containers of the resource, by which a grant's scope is matched. */
  within: z.array(container).max(4),
  /** Whose data, when it is one user's. */
  user: uuid.nullable(),
  operation: z.enum(operations),
  level,
  purpose: token,
  purposeText: personal(line(), 'tenant').nullable(),
  /** Data categories, in ascending order, each once. */
  categories: z
    .array(token)
    .min(1)
    .max(32)
    .refine((list) => list.every((word, n) => n === 0 || word > (list[n - 1] ?? word))),
  records: whole(0).nullable(),
});

export const dataAccessed = defineEvent({
  ...common,
  type: 'access.data-accessed',
  means:
    "The entry's actor accessed data, at its occurredAt, under `authorization.grant` or none; the outcome is as reported.",
  schemas: [z.strictObject({ ...reported, ...accessDetails.shape })],
  target: accessTarget,
});

function accessTarget(body: unknown): Target | null {
  const accessed = memberOf(body, 'resource');
  const kind = memberOf(accessed, 'kind');
  const resourceTarget = typeof kind === 'string' ? target(kind, memberOf(accessed, 'id')) : null;
  return resourceTarget ?? target('user', memberOf(body, 'user'));
}

export const accessConflictDetected = defineEvent({
  ...common,
  type: 'access.conflict-detected',
  means:
    'The same record was reported again, and differently. `report` is canonical JSON of what was reported then.',
  schemas: [z.strictObject({ ...reported, conflictsWith: uuid, report: personal(lines(16_384), 'tenant') })],
  target: targetByStream('access'),
});

/** Why an access had no cover, of the grant that came nearest. */
export const missingReasons = [
  'no-grant',
  'unknown-grant',
  'other-grantee',
  'outside-scope',
  'level-too-low',
  'not-yet-valid',
  'expired',
  'revoked',
] as const;
export type MissingReason = (typeof missingReasons)[number];

export const uncoveredDetected = defineEvent({
  ...common,
  type: 'access.uncovered-detected',
  means: 'No grant covered the access; what was missing, of the grant that came nearest.',
  schemas: [
    z.strictObject({
      /** The event that recorded the access. */
      access: uuid,
      missing: z.enum(missingReasons),
      grant: uuid.nullable(),
      /** The version of the coverage rule that found it. */
      rule: whole(1),
    }),
  ],
  target: targetByStream('access'),
});

export type DataAccessed = EventOf<typeof dataAccessed>;
export type AccessConflictDetected = EventOf<typeof accessConflictDetected>;
export type UncoveredDetected = EventOf<typeof uncoveredDetected>;
export type AccessEvent = DataAccessed | AccessConflictDetected | UncoveredDetected;

export const accessEvents = [dataAccessed, accessConflictDetected, uncoveredDetected] as const;
