import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fold, given } from '@candor/testing';
import type { ProfileChanges, RegisterTenant } from './tenant-commands.js';
import { tenantDecider } from './tenant-decider.js';
import { profileFields, type TenantEvent, type TenantProfileChanged } from './tenant-events.js';

const at = '2026-01-01T00:00:00.000Z';
const profile = {
  legalName: 'Møller Boghandel',
  registerNumber: 'DK-1',
  country: 'DK',
  breachContact: 'x@boghandel.example',
};
const body = {
  slot: 4,
  operator: 'candor.example',
  ...profile,
  role: 'controller',
  dataRegion: 'eu',
} as const;
const register: RegisterTenant = { kind: 'register-tenant', at, ...body };
const registered: TenantEvent = { type: 'tenant.registered', body };
const change = (changes: ProfileChanges) => ({ kind: 'change-profile', at, changes }) as const;
const changed = (...names: readonly (typeof profileFields)[number][]) => ({
  ...profile,
  changed: names,
});

describe('registering', () => {
  test('a tenant comes to be once', () => {
    given(tenantDecider).when(register).then(registered);
    given(tenantDecider, registered).when(register).thenRejected('tenant.already-registered');
  });

  test.each([
    ['legalName', ''],
    ['legalName', 'x'.repeat(513)],
    ['country', 'Denmark'],
    ['breachContact', 'not an address'],
    ['dataRegion', 'EU'],
    ['operator', 'a/b'],
  ])('bad input is refused: %s %j', (field, value) => {
    const { decision } = given(tenantDecider).when({ ...register, [field]: value });
    expect(decision).toMatchObject({
      ok: false,
      rejection: { code: 'input.invalid', detail: { field: `/${field}` } },
    });
    if (value !== '') expect(JSON.stringify(decision)).not.toContain(value);
  });
});

describe('changing the profile', () => {
  test('of nobody', () => {
    given(tenantDecider)
      .when(change({ country: 'NL' }))
      .thenRejected('tenant.unknown');
  });

  test('says what changed and the whole profile as it is now', () => {
    given(tenantDecider, registered)
      .when(change({ registerNumber: null, legalName: 'Møller A/S', country: 'DK' }))
      .then({
        type: 'tenant.profile-changed',
        body: {
          ...changed('legalName', 'registerNumber'),
          legalName: 'Møller A/S',
          registerNumber: null,
        },
      });
  });

  test('to what it is already changes nothing', () => {
    given(tenantDecider, registered).when(change({})).thenNothing();
    given(tenantDecider, registered)
      .when(change({ ...profile }))
      .thenNothing();
  });

  test('asks for what can no longer be read, and only for that', () => {
    const erased: TenantEvent = {
      type: 'tenant.registered',
      body: { ...body, legalName: { state: 'erased', by: null } },
    };
    given(tenantDecider, erased)
      .when(change({ country: 'NL' }))
      .thenRejected('tenant.profile-unreadable', { fields: ['legalName'] });
    given(tenantDecider, erased)
      .when(change({ legalName: 'New' }))
      .then({ type: 'tenant.profile-changed', body: { ...changed('legalName'), legalName: 'New' } });
  });
});

test('whatever is changed in whatever order, the newest event holds the profile asked for', () => {
  const anyChanges: fc.Arbitrary<ProfileChanges> = fc.record(
    {
      legalName: fc.constantFrom('A', 'B'),
      registerNumber: fc.constantFrom(null, '1', '2'),
      country: fc.constantFrom('DK', 'NL'),
      breachContact: fc.constantFrom(null, 'a@b', 'c@d'),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(anyChanges), (sequence) => {
      const history: TenantEvent[] = [registered];
      let wanted: object = profile;
      for (const changes of sequence) {
        const decision = tenantDecider.decide(fold(tenantDecider, history), change(changes));
        if (!decision.ok) throw new Error(decision.rejection.code);
        history.push(...decision.events);
        const before = wanted;
        wanted = { ...wanted, ...changes };
        expect(decision.events.length).toBe(JSON.stringify(before) === JSON.stringify(wanted) ? 0 : 1);
        for (const { body } of decision.events as readonly TenantProfileChanged[]) {
          const { changed, ...whole } = body;
          expect(whole).toEqual(wanted);
          expect(changed).toEqual(
            profileFields.filter((f) => Reflect.get(before, f) !== Reflect.get(wanted, f)),
          );
        }
      }
    }),
  );
});

describe('offboarding', () => {
  const returnUntil = '2026-02-01T00:00:00.000Z';
  const offboard = { kind: 'offboard-tenant', at, returnUntil } as const;
  const offboarded: TenantEvent = { type: 'tenant.offboarded', body: { returnUntil } };

  test('ends what can be changed, once', () => {
    given(tenantDecider, registered).when(offboard).then(offboarded);
    given(tenantDecider, registered, offboarded).when(offboard).thenRejected('tenant.offboarded');
    given(tenantDecider, registered, offboarded)
      .when(change({ country: 'NL' }))
      .thenRejected('tenant.offboarded');
  });

  test('of nobody, or with no time to return the data', () => {
    given(tenantDecider).when(offboard).thenRejected('tenant.unknown');
    given(tenantDecider, registered)
      .when({ ...offboard, returnUntil: '2025-12-31T00:00:00.000Z' })
      .thenRejected('time.in-past', { field: 'returnUntil' });
  });
});
