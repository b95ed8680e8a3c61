import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { address, country, line, operator, region, timestamp } from '../kernel/fields.js';
import { personal } from '../kernel/personal.js';
import { targetByStream } from '../kernel/target.js';
import { slot } from '../platform/events.js';

/** What may change of a tenant, in the order the event lists it. */
export const profileFields = ['legalName', 'registerNumber', 'country', 'breachContact'] as const;
export type ProfileField = (typeof profileFields)[number];

const profile = {
  legalName: personal(line(), 'tenant'),
  registerNumber: personal(line(), 'tenant').nullable(),
  country,
  /** Where the tenant is told of a breach. */
  breachContact: personal(address, 'tenant').nullable(),
};

export const tenantRegistered = defineEvent({
  type: 'tenant.registered',
  means: "Entry 0 of a tenant's log, whose id is the tenant's.",
  category: 'tenant',
  log: 'tenant',
  retention: 'account',
  schemas: [
    z.strictObject({
      slot,
      operator,
      ...profile,
      role: z.enum(['controller', 'processor']),
      dataRegion: region,
    }),
  ],
  upcasters: [],
  target: targetByStream('tenant'),
});

export const tenantProfileChanged = defineEvent({
  type: 'tenant.profile-changed',
  means: 'The profile is another: which fields changed, and the whole of it as it is now.',
  category: 'tenant',
  log: 'tenant',
  retention: 'account',
  schemas: [
    z.strictObject({
      changed: z
        .array(z.enum(profileFields))
        .min(1)
        .refine((changed) => inOrder(changed)),
      ...profile,
    }),
  ],
  upcasters: [],
  target: targetByStream('tenant'),
});

function inOrder(changed: readonly ProfileField[]): boolean {
  const places = changed.map((field) => profileFields.indexOf(field));
  return places.every((place, n) => n === 0 || place > (places[n - 1] ?? place));
}

export const tenantOffboarded = defineEvent({
  type: 'tenant.offboarded',
  means:
    'The contract ended. Until `returnUntil` the data are returned; afterwards every key of the log lapses, and its entries and proofs stay.',
  category: 'tenant',
  log: 'tenant',
  retention: 'account',
  schemas: [z.strictObject({ returnUntil: timestamp })],
  upcasters: [],
  target: targetByStream('tenant'),
});

export type TenantRegistered = EventOf<typeof tenantRegistered>;
export type TenantProfileChanged = EventOf<typeof tenantProfileChanged>;
export type TenantOffboarded = EventOf<typeof tenantOffboarded>;
export type TenantEvent = TenantRegistered | TenantProfileChanged | TenantOffboarded;

export const tenantEvents = [tenantRegistered, tenantProfileChanged, tenantOffboarded] as const;
