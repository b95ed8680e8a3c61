import { describe, expect, test } from '@jest/globals';
import { Problem } from '../problem/problem.js';
import { readCredentials } from './authenticator.js';
import { authorise } from './guard.js';
import type { Permission } from './permissions.js';
import type { Principal } from './principal.js';

const OWN = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';

const bound: Principal = {
  kind: 'user',
  id: '33333333-3333-4333-8333-333333333333',
  tenant: OWN,
  permissions: new Set<Permission>(['log.read', 'tenant.list']),
};
const operator: Principal = { ...bound, kind: 'service', tenant: null, permissions: 'all' };

const refusal = (...demanded: Parameters<typeof authorise>): Problem | undefined => {
  try {
    authorise(...demanded);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
};

describe('a principal that is bound to a tenant', () => {
  test('reaches its own with a permission it has', () => {
    expect(refusal(bound, { permission: 'log.read', reach: 'tenant' }, OWN)).toBeUndefined();
  });

  test('is told of another tenant exactly what it is told of none', () => {
    const other = refusal(bound, { permission: 'log.read', reach: 'tenant' }, OTHER);
    const none = refusal(operator, { permission: 'log.read', reach: 'tenant' }, undefined);
    expect(other).toEqual(Problem.of('tenant.unknown'));
    expect(none).toEqual(other);
  });

  test('learns of another tenant before it learns of its permissions', () => {
    const found = refusal(bound, { permission: 'grant.give', reach: 'tenant' }, OTHER);
    expect(found?.code).toBe('tenant.unknown');
  });

  test('is refused what it has no permission for, and everything across tenants', () => {
    expect(refusal(bound, { permission: 'grant.give', reach: 'tenant' }, OWN)?.code).toBe('auth.forbidden');
    expect(refusal(bound, { permission: 'tenant.list', reach: 'platform' }, undefined)?.code).toBe(
      'auth.forbidden',
    );
  });
});

test('the operator reaches everything', () => {
  authorise(operator, { permission: 'grant.give', reach: 'tenant' }, OTHER);
  authorise(operator, { permission: 'tenant.list', reach: 'platform' }, undefined);
  authorise(operator, { permission: 'record.report', reach: 'lines' }, undefined);
});

test('only a bearer token is a credential', () => {
  expect(readCredentials('Bearer abc.DEF-1~+/==')).toEqual({ scheme: 'bearer', token: 'abc.DEF-1~+/==' });
  expect(readCredentials('bearer abc')).toEqual({ scheme: 'bearer', token: 'abc' });
  for (const header of [
    '',
    'Bearer',
    'Bearer ',
    'Basic abc',
    'Bearer a b',
    'Bearer ä',
    `Bearer ${'x'.repeat(600)}`,
  ])
    expect(readCredentials(header)).toBeUndefined();
});
