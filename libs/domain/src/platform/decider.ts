import { accept, reject, type Decider } from '../kernel/decider.js';
import type { Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import type { AssignSlot, CreateStore, InstallPlatform } from './commands.js';
import {
  platformInstalled,
  slotAssigned,
  storeCreated,
  type PlatformInstalled,
  type SlotAssigned,
  type StoreCreated,
} from './events.js';

/** Bookkeeping: each of these streams holds one fact, for ever. Asking for the same fact again is accepted. */

export interface StoreState {
  readonly store: Uuid | null;
}

export const storeDecider: Decider<CreateStore, StoreCreated, Guarded<StoreState>> = guard(
  {
    initial: { store: null },
    decide: ({ store }: StoreState, command) => {
      if (store === null) return accept({ type: 'platform.store-created', body: { store: command.store } });
      return store === command.store ? accept() : reject('store.already-created', { store });
    },
    evolve: (_, { body }) => ({ store: body.store }),
  },
  { types: [storeCreated] },
);

export interface SlotState {
  readonly log: Uuid | null;
}

export const slotDecider: Decider<AssignSlot, SlotAssigned, Guarded<SlotState>> = guard(
  {
    initial: { log: null },
    decide: ({ log }: SlotState, command) => {
      if (log === null)
        return accept({ type: 'log.slot-assigned', body: { slot: command.slot, log: command.log } });
      // Whose it is stays unsaid: it would tell one tenant of another.
      return log === command.log ? accept() : reject('slot.taken', { slot: command.slot });
    },
    evolve: (_, { body }) => ({ log: body.log }),
  },
  { types: [slotAssigned] },
);

export type PlatformState = PlatformInstalled['body'] | null;

export const platformDecider: Decider<InstallPlatform, PlatformInstalled, Guarded<PlatformState>> = guard(
  {
    initial: null as PlatformState,
    decide: (installed, { slot, operator }) => {
      if (installed === null) return accept({ type: 'platform.installed', body: { slot, operator } });
      const same = installed.slot === slot && installed.operator === operator;
      return same ? accept() : reject('platform.already-installed', { ...installed });
    },
    evolve: (_, { body }) => body,
  },
  { types: [platformInstalled] },
);
