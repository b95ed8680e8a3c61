import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { ascendingIds, period } from '../kernel/fields.js';
import { noTarget } from '../kernel/target.js';
import { keyClass, KEYS_PER_ORDER, orderGrounds, orderRules } from './vocabulary.js';

export const erasureOrdered = defineEvent({
  type: 'log.erasure-ordered',
  means:
    'These keys are to be destroyed; without `keys`, every living key of the log with that class (null: every class) and period (null: every period). From this entry on they count as erased.',
  category: 'keyerasures',
  log: 'tenant-or-platform',
  retention: 'public',
  schemas: [
    z
      .strictObject({
        keys: ascendingIds(1, KEYS_PER_ORDER).nullable(),
        class: keyClass.nullable(),
        period: period.nullable(),
        rule: z.enum(orderRules),
        ground: z.enum(orderGrounds),
      })
      .refine((order) => order.keys === null || (order.class === null && order.period === null), {
        path: ['keys'],
      }),
  ],
  upcasters: [],
  target: noTarget,
});

export type ErasureOrdered = EventOf<typeof erasureOrdered>;

export const orderEvents = [erasureOrdered] as const;
