import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { operator, uuid, whole } from '../kernel/fields.js';
import { noTarget, targetByStream } from '../kernel/target.js';

/** A slot of the anchor log: a u32 (formats v1 §5). */
export const slot = whole(0, 2 ** 32 - 1);

export const storeCreated = defineEvent({
  type: 'platform.store-created',
  means:
    'The first event Candor appends to a store: by it a store that was reset is told from the one that was followed.',
  category: 'store',
  log: 'none',
  retention: 'public',
  schemas: [z.strictObject({ store: uuid })],
  upcasters: [],
  target: noTarget,
});

export const slotAssigned = defineEvent({
  type: 'log.slot-assigned',
  means: 'A slot of the anchor log is claimed for ever. The first and only event of its stream.',
  category: 'slot',
  log: 'none',
  retention: 'public',
  schemas: [z.strictObject({ slot, log: uuid })],
  upcasters: [],
  target: noTarget,
});

export const platformInstalled = defineEvent({
  type: 'platform.installed',
  means: "Entry 0 of the platform's own log.",
  category: 'platform',
  log: 'platform',
  retention: 'public',
  schemas: [z.strictObject({ slot, operator })],
  upcasters: [],
  target: targetByStream('platform'),
});

export type StoreCreated = EventOf<typeof storeCreated>;
export type SlotAssigned = EventOf<typeof slotAssigned>;
export type PlatformInstalled = EventOf<typeof platformInstalled>;

export const platformEvents = [storeCreated, slotAssigned, platformInstalled] as const;
