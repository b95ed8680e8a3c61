import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { ascendingIds, isAscending, lines, timestamp, uuid, whole } from '../kernel/fields.js';
import { personal } from '../kernel/personal.js';
import { targetByField } from '../kernel/target.js';
import {
  erasureGrounds,
  MOST_ORDERS,
  MOST_SINKS,
  MOST_SINKS_TOLD,
  MOST_SUBJECTS,
  orderRules,
  refusalCauses,
  sinkStates,
} from './vocabulary.js';

const common = {
  category: 'erasure',
  log: 'tenant-or-platform',
  retention: 'account',
  upcasters: [],
  target: targetByField('erasure', 'erasure'),
} as const;

const statement = personal(lines(2_000), 'tenant').nullable();

export const erasureRequested = defineEvent({
  ...common,
  type: 'log.erasure-requested',
  means:
    "The entry's actor asks that these subjects be forgotten. `keys` and `entries` are what that would make unreadable at that time, `sinks` who was registered then to be told.",
  schemas: [
    z.strictObject({
      erasure: uuid,
      subjects: ascendingIds(1, MOST_SUBJECTS),
      askedBy: z.enum(['data-subject', 'controller', 'authority']),
      ground: z.enum(erasureGrounds),
      statement,
      keys: whole(0),
      entries: whole(0),
      sinks: ascendingIds(0, MOST_SINKS),
    }),
  ],
});

export const erasureConfirmed = defineEvent({
  ...common,
  type: 'log.erasure-confirmed',
  means: "The entry's actor, who is not the one who asked, confirmed: from here on it is carried out.",
  schemas: [z.strictObject({ erasure: uuid })],
});

export const erasureDeclined = defineEvent({
  ...common,
  type: 'log.erasure-declined',
  means: "The entry's actor, who is not the one who asked, refused, and says why. Nothing was erased.",
  schemas: [z.strictObject({ erasure: uuid, cause: z.enum(refusalCauses), statement })],
});

export const sinkErased = defineEvent({
  ...common,
  type: 'log.sink-erased',
  means:
    'The sink, by its own credential, confirmed that it has forgotten what this erasure ordered. It may do so after the receipt.',
  schemas: [z.strictObject({ erasure: uuid, sink: uuid })],
});

export const keyErased = defineEvent({
  ...common,
  type: 'log.key-erased',
  means:
    'The receipt: every process has forgotten the keys, and the vault has lost them. `finalAt` is when no key generation can open an old wrap any more, `backupsUntil` when the last backup from before is gone. Of each sink that was registered when the order was given (where nothing was left to order, the last order of the log before): it confirmed; it was told (it fetched the order, and then asked for what comes after); it was removed meanwhile, because it keeps nothing; or it was unreached, and nobody knows what it still has.',
  schemas: [
    z.strictObject({
      erasure: uuid,
      rule: z.enum(orderRules),
      /** The ids of the orders; none where nothing was left to erase. */
      orders: z.array(uuid).max(MOST_ORDERS),
      keys: whole(0),
      entries: whole(0),
      sinks: z
        .array(z.strictObject({ sink: uuid, state: z.enum(sinkStates) }))
        .max(MOST_SINKS_TOLD)
        .refine((sinks) => isAscending(sinks.map(({ sink }) => sink))),
      finalAt: timestamp,
      backupsUntil: timestamp,
    }),
  ],
});

export type ErasureRequested = EventOf<typeof erasureRequested>;
export type ErasureConfirmed = EventOf<typeof erasureConfirmed>;
export type ErasureDeclined = EventOf<typeof erasureDeclined>;
export type SinkErased = EventOf<typeof sinkErased>;
export type KeyErased = EventOf<typeof keyErased>;
export type ErasureEvent = ErasureRequested | ErasureConfirmed | ErasureDeclined | SinkErased | KeyErased;

export const erasureEvents = [
  erasureRequested,
  erasureConfirmed,
  erasureDeclined,
  sinkErased,
  keyErased,
] as const;
