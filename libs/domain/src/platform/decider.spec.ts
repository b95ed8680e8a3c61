import { test } from '@jest/globals';
import { given } from '@candor/testing';
import { platformDecider, slotDecider, storeDecider } from './decider.js';
import type { PlatformInstalled, SlotAssigned, StoreCreated } from './events.js';

const at = '2026-01-01T00:00:00.000Z';
const a = '0f3a2b1c-0000-4000-8000-00000000000a';
const b = '0f3a2b1c-0000-4000-8000-00000000000b';

test('a store is created once', () => {
  const created: StoreCreated = { type: 'platform.store-created', body: { store: a } };
  given(storeDecider).when({ kind: 'create-store', at, store: a }).then(created);
  given(storeDecider, created).when({ kind: 'create-store', at, store: a }).thenNothing();
  given(storeDecider, created)
    .when({ kind: 'create-store', at, store: b })
    .thenRejected('store.already-created', { store: a });
});

test('a slot is claimed once, and who has it is not told', () => {
  const assigned: SlotAssigned = { type: 'log.slot-assigned', body: { slot: 7, log: a } };
  given(slotDecider).when({ kind: 'assign-slot', at, slot: 7, log: a }).then(assigned);
  given(slotDecider, assigned).when({ kind: 'assign-slot', at, slot: 7, log: a }).thenNothing();
  given(slotDecider, assigned)
    .when({ kind: 'assign-slot', at, slot: 7, log: b })
    .thenRejected('slot.taken', { slot: 7 });
});

test('a slot is a u32', () => {
  for (const slot of [-1, 2 ** 32, 0.5])
    given(slotDecider)
      .when({ kind: 'assign-slot', at, slot, log: a })
      .thenRejected('input.invalid', {
        type: 'log.slot-assigned',
        field: '/slot',
        problem: slot === 0.5 ? 'invalid_type' : slot < 0 ? 'too_small' : 'too_big',
      });
});

test('a platform is installed once', () => {
  const body = { slot: 3, operator: 'candor.example' };
  const installed: PlatformInstalled = { type: 'platform.installed', body };
  given(platformDecider)
    .when({ kind: 'install-platform', at, ...body })
    .then(installed);
  given(platformDecider, installed)
    .when({ kind: 'install-platform', at, ...body })
    .thenNothing();
  given(platformDecider, installed)
    .when({ kind: 'install-platform', at, ...body, operator: 'other.example' })
    .thenRejected('platform.already-installed', body);
});
