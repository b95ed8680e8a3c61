import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { ascendingIds, timestamp, typePrefix, uuid, whole } from '../kernel/fields.js';
import { memberOf } from '../kernel/plain.js';
import { noTarget, target, type Target } from '../kernel/target.js';

export const views = [
  'audit-log',
  'entry',
  'history',
  'grants',
  'deliveries',
  'tenants',
  'bundle',
  'subjects',
  'erasures',
  'holds',
  'sinks',
  'subject-requests',
] as const;
export type View = (typeof views)[number];

export const logQueried = defineEvent({
  type: 'log.queried',
  means: "Reading is an act too: the entry's actor read, in the log that was read.",
  category: 'reading',
  log: 'tenant-or-platform',
  retention: 'reading',
  schemas: [
    z
      .strictObject({
        view: z.enum(views),
        /** What was asked for. `action`: a type or its beginning; `target`: the id of the one thing asked for. */
        filter: z.strictObject({
          actor: uuid.nullable(),
          action: typePrefix.nullable(),
          target: uuid.nullable(),
          outcome: z.enum(['success', 'failure', 'refused']).nullable(),
          from: timestamp.nullable(),
          to: timestamp.nullable(),
        }),
        /** Rows answered. */
        count: whole(0),
        /** Entries of the log the answer was made from. */
        size: whole(0),
        /** The lowest and the highest index of the log's entries that were shown; both null where none was. */
        first: whole(0).nullable(),
        last: whole(0).nullable(),
      })
      .refine(({ first, last }) => (first === null) === (last === null) && (first ?? 0) <= (last ?? 0), {
        path: ['last'],
      }),
  ],
  upcasters: [],
  target: queryTarget,
});

function queryTarget(body: unknown): Target | null {
  return target(targetKindOf(memberOf(body, 'view')), memberOf(memberOf(body, 'filter'), 'target'));
}

/** What the target of a query is, as far as the view tells. */
function targetKindOf(view: unknown): string {
  if (view === 'entry') return 'entry';
  if (view === 'deliveries') return 'message';
  if (view === 'grants') return 'grant';
  if (view === 'tenants') return 'tenant';
  return 'any';
}

export const logExported = defineEvent({
  type: 'log.exported',
  means:
    "The entry's actor was given the log, or all that concerns these subjects, with personal values open; or the population of an epoch: every log's entry 0, with register numbers open.",
  category: 'reading',
  log: 'tenant-or-platform',
  retention: 'reading',
  schemas: [
    z
      .strictObject({
        kind: z.enum(['log', 'subjects', 'population']),
        /** Whose entries: some exactly where not everything was asked for. */
        subjects: ascendingIds(0, 16),
        /** The first index asked for; of a population, the epoch. */
        from: whole(0),
        /** Entries of the log the answer was made from; of a population, slots. */
        size: whole(0),
        /** Entries sent; of a population, logs. */
        count: whole(0),
      })
      .refine(({ kind, subjects }) => (kind === 'subjects') === subjects.length > 0, { path: ['subjects'] }),
  ],
  upcasters: [],
  target: noTarget,
});

export type LogQueried = EventOf<typeof logQueried>;
export type LogExported = EventOf<typeof logExported>;
export type LogEvent = LogQueried | LogExported;

export const logEvents = [logQueried, logExported] as const;
