import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { operator, uuid, whole } from '../kernel/fields.js';
import { noTarget, targetByStream } from '../kernel/target.js';

/** A slot of the anchor log: a u32 (formats v1 §5). */
export const slot = whole(0, 2 ** 32 - 1);

/** The first event Candor appends to a store: by it a store that was reset is told from the one that was followed. */
export const storeCreated = defineEvent({
  type: 'platform.store-created',
  category: 'store',
  log: 'none',
  retention: 'public',
  schemas: [z.strictObject({ store: uuid })],
  upcasters: [],
  target: noTarget,
});

/** A slot claimed for ever: the first and only event of its stream (formats v1 §5.1). */
export const slotAssigned = defineEvent({
  type: 'log.slot-assigned',
  category: 'slot',
  log: 'none',
  retention: 'public',
  schemas: [z.strictObject({ slot, log: uuid })],
  upcasters: [],
  target: noTarget,
});

/** Entry 0 of the platform's log (formats v1 §1.7). */
export const platformInstalled = defineEvent({
  type: 'platform.installed',
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
