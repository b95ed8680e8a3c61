import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { plus } from '../kernel/time.js';
import { coverage, type AccessFacts, type GrantFacts } from './coverage.js';
import { levels, operations, resourceKinds, scopeKinds, type Resource } from './vocabulary.js';

const id = (n: number): string => `0f3a2b1c-0000-4000-8000-${n.toString().padStart(12, '0')}`;
const noon = '2026-01-01T12:00:00.000Z';
const one = '2026-01-01T13:00:00.000Z';
const two = '2026-01-01T14:00:00.000Z';
const mailbox: Resource = { kind: 'mailbox', id: id(1) };
const sam = { kind: 'employee', id: id(2) } as const;

const access: AccessFacts = {
  actor: sam,
  outcome: 'success',
  occurredAt: one,
  resource: { kind: 'message', id: id(3) },
  within: [{ kind: 'thread', id: id(4) }, mailbox],
  operation: 'read',
  level: 'view-content',
  grant: null,
  permission: null,
};
const grant: GrantFacts = {
  grant: id(10),
  grantee: sam,
  level: 'view-content',
  scope: { kind: 'mailbox', id: id(1) },
  from: noon,
  until: two,
  revokedAt: null,
};
const named = { ...access, grant: grant.grant };
const of = (facts: AccessFacts, grants: readonly GrantFacts[], wasMember = false): unknown =>
  coverage(facts, { grants, wasMember });
const yes = (covering: string | null = grant.grant): unknown => ({ covered: true, grant: covering });
const no = (missing: string, nearest: string | null = grant.grant): unknown => ({
  covered: false,
  missing,
  grant: nearest,
});

describe('without a grant', () => {
  test('what was refused needs none', () => {
    expect(of({ ...access, outcome: 'refused' }, [])).toEqual(yes(null));
    expect(of({ ...named, outcome: 'refused' }, [])).toEqual(yes(null));
    expect(of({ ...access, outcome: 'failure' }, [])).toEqual(no('no-grant', null));
  });

  test('a member needs none, unless it names one', () => {
    const user: AccessFacts = { ...access, actor: { kind: 'user', id: id(5) } };
    expect(of(user, [], true)).toEqual(yes(null));
    expect(of(user, [], false)).toEqual(no('no-grant', null));
    expect(of({ ...user, grant: id(99) }, [], true)).toEqual(no('unknown-grant', id(99)));
    expect(of(access, [], true)).toEqual(no('no-grant', null));
  });

  test('a service needs a permission', () => {
    const service: AccessFacts = { ...access, actor: { kind: 'service', id: id(6) } };
    expect(of({ ...service, permission: 'mail:sync' }, [])).toEqual(yes(null));
    expect(of(service, [])).toEqual(no('no-grant', null));
    expect(of({ ...access, permission: 'mail:sync' }, [])).toEqual(no('no-grant', null));
    expect(of({ ...service, permission: 'mail:sync', grant: id(99) }, [])).toEqual(
      no('unknown-grant', id(99)),
    );
  });
});

describe('under a grant', () => {
  test.each([
    ['itself', { kind: 'mailbox', id: id(1) }, mailbox, []],
    ['a container', { kind: 'thread', id: id(4) }, access.resource, access.within],
    ['the account', { kind: 'account', id: null }, { kind: 'credential', id: null }, []],
    ['the delivery log', { kind: 'delivery-log', id: null }, { kind: 'delivery-log', id: null }, []],
  ] as const)('whose scope is %s', (_, scope, resource, within) => {
    expect(of({ ...access, resource, within }, [{ ...grant, scope }])).toEqual(yes());
  });

  test('named or found', () => {
    expect(of(access, [grant])).toEqual(yes());
    expect(of(named, [grant])).toEqual(yes());
  });

  test.each([
    ['other-grantee', { grantee: { kind: 'employee', id: id(7) } }],
    ['other-grantee', { grantee: { kind: 'user', id: id(2) } }],
    ['outside-scope', { scope: { kind: 'mailbox', id: id(8) } }],
    ['outside-scope', { scope: { kind: 'thread', id: id(1) } }],
    ['level-too-low', { level: 'view-metadata' }],
    ['not-yet-valid', { from: plus(one, 1) }],
    ['expired', { until: one }],
    ['revoked', { revokedAt: one }],
    ['revoked', { revokedAt: noon, until: one }],
    ['revoked', { revokedAt: noon, from: two }],
  ] as const)('what is missing: %s, for %j', (missing, change) => {
    expect(of(named, [{ ...grant, ...change }])).toEqual(no(missing));
  });

  test.each([
    ['the moment it begins', { from: one }],
    ['the moment before it ends', { until: plus(one, 1) }],
    ['the moment before its revocation', { revokedAt: plus(one, 1) }],
    ['a higher level', { level: 'administer' }],
  ] as const)('%s is enough', (_, change) => {
    expect(of(named, [{ ...grant, ...change }])).toEqual(yes());
  });

  test.each([
    ['list', 'view-metadata', 'view-metadata'],
    ['read', 'view-metadata', 'view-metadata'],
    ['search', 'view-content', 'view-content'],
    ['export', 'view-metadata', 'view-metadata'],
    ['export', 'operate', 'operate'],
    ['create', 'view-metadata', 'operate'],
    ['update', 'view-content', 'operate'],
    ['delete', 'operate', 'operate'],
    ['delete', 'administer', 'administer'],
    ['administer', 'view-metadata', 'administer'],
  ] as const)('%s, reported as %s, needs %s', (operation, level, needed) => {
    for (const given of levels) {
      const enough = levels.indexOf(given) >= levels.indexOf(needed);
      expect(of({ ...access, operation, level }, [{ ...grant, level: given }])).toEqual(
        enough ? yes() : no('level-too-low'),
      );
    }
  });

  test('the named one and no other', () => {
    const other = { ...grant, grant: id(11), revokedAt: noon };
    expect(of({ ...access, grant: other.grant }, [grant, other])).toEqual(no('revoked', other.grant));
    expect(of({ ...access, grant: id(12) }, [grant])).toEqual(no('unknown-grant', id(12)));
  });

  test('one of others does not count when none is named', () => {
    expect(of(access, [{ ...grant, grantee: { kind: 'employee', id: id(7) } }])).toEqual(
      no('no-grant', null),
    );
  });

  test('the nearest is told: latest check, then latest end, then smallest id', () => {
    const outside = { ...grant, grant: id(20), scope: { kind: 'mailbox', id: id(8) } } as const;
    const low = { ...grant, grant: id(21), level: 'view-metadata' } as const;
    const early = { ...grant, grant: id(22), until: plus(one, -2) };
    const late = { ...grant, grant: id(23), until: plus(one, -1) };
    const cut = { ...grant, grant: id(24), revokedAt: plus(one, -3) };
    const twin = { ...late, grant: id(25) };
    expect(of(access, [outside, low])).toEqual(no('level-too-low', low.grant));
    expect(of(access, [outside, low, cut, early])).toEqual(no('expired', early.grant));
    expect(of(access, [twin, cut, late, early])).toEqual(no('expired', late.grant));
  });
});

const anyTime = fc.constantFrom(noon, plus(noon, 1), one, plus(one, 1), two);
const anyId = fc.integer({ min: 0, max: 2 }).map(id);
const anyActor = fc.record({ kind: fc.constantFrom('employee', 'user', 'service'), id: anyId });
const anyGrant: fc.Arbitrary<GrantFacts> = fc.record({
  grant: anyId,
  grantee: anyActor,
  level: fc.constantFrom(...levels),
  scope: fc.record({ kind: fc.constantFrom(...scopeKinds), id: anyId }),
  from: anyTime,
  until: anyTime,
  revokedAt: fc.option(anyTime),
});
const anyResource = fc.record({ kind: fc.constantFrom(...resourceKinds), id: anyId });
const anyAccess: fc.Arbitrary<AccessFacts> = fc.record({
  actor: anyActor,
  outcome: fc.constantFrom('success', 'failure', 'refused'),
  occurredAt: anyTime,
  resource: anyResource,
  within: fc.array(anyResource, { maxLength: 4 }),
  operation: fc.constantFrom(...operations),
  level: fc.constantFrom(...levels),
  grant: fc.option(anyId),
  permission: fc.option(fc.constant('p')),
});
const anyGrants = fc.uniqueArray(anyGrant, { maxLength: 3, selector: (g) => g.grant });

/** The rule of the event table, word for word and without saying why not. */
function plainRule(facts: AccessFacts, grants: readonly GrantFacts[], wasMember: boolean): boolean {
  const { actor, grant: name, level, occurredAt, operation, resource, within } = facts;
  const writes = operation === 'create' || operation === 'update' || operation === 'delete';
  const least = operation === 'administer' ? 3 : writes ? 2 : 0;
  if (facts.outcome === 'refused') return true;
  if (actor.kind === 'user' && wasMember && name === null) return true;
  if (actor.kind === 'service' && name === null && facts.permission !== null) return true;
  return grants.some(
    (g) =>
      (name === null || g.grant === name) &&
      g.grantee.kind === actor.kind &&
      g.grantee.id === actor.id &&
      (g.scope.kind === 'account' ||
        [resource, ...within].some((r) => r.kind === g.scope.kind && r.id === g.scope.id)) &&
      levels.indexOf(g.level) >= Math.max(least, levels.indexOf(level)) &&
      g.from <= occurredAt &&
      occurredAt < g.until &&
      (g.revokedAt === null || occurredAt < g.revokedAt),
  );
}

test('covered is what the rule says, and the order of the grants does not matter', () => {
  fc.assert(
    fc.property(anyAccess, anyGrants, fc.boolean(), (facts, grants, wasMember) => {
      const answer = coverage(facts, { grants, wasMember });
      expect(answer.covered).toBe(plainRule(facts, grants, wasMember));
      expect(coverage(facts, { grants: grants.toReversed(), wasMember })).toEqual(answer);
    }),
    { numRuns: 2_000 },
  );
});

test('more grants never take cover away when none is named', () => {
  fc.assert(
    fc.property(anyAccess, anyGrants, anyGrant, (facts, grants, another) => {
      const unnamed = { ...facts, grant: null };
      if (!coverage(unnamed, { grants, wasMember: false }).covered) return;
      expect(coverage(unnamed, { grants: [...grants, another], wasMember: false }).covered).toBe(true);
    }),
  );
});
