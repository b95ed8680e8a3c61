import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { timestamp, typePrefix, uuid, whole } from '../kernel/fields.js';
import { memberOf } from '../kernel/plain.js';
import { target, type Target } from '../kernel/target.js';

export const views = ['audit-log', 'entry', 'history', 'grants', 'deliveries', 'tenants'] as const;
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

export type LogQueried = EventOf<typeof logQueried>;
export type LogEvent = LogQueried;

export const logEvents = [logQueried] as const;
