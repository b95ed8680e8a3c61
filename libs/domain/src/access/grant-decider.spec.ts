import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fold, given, givenAt } from '@candor/testing';
import type { ActorKind } from '../kernel/entry.js';
import { plus } from '../kernel/time.js';
import type { GrantAccess, GrantCommand } from './grant-commands.js';
import { grantDecider } from './grant-decider.js';
import type { GrantEvent } from './grant-events.js';
import { standing } from './grant-policy.js';

const grant = '0f3a2b1c-0000-4000-8000-00000000000a';
const sam = '0f3a2b1c-0000-4000-8000-00000000000b';
const mailbox = { kind: 'mailbox', id: '0f3a2b1c-0000-4000-8000-00000000000c' } as const;
const at = '2026-01-01T12:00:00.000Z';
const until = '2026-01-01T13:00:00.000Z';
const HOUR = 3_600_000;

const terms = { level: 'view-metadata', scope: mailbox, from: at, until } as const;
const grantAccess: GrantAccess = {
  kind: 'grant-access',
  at,
  grant,
  grantee: { kind: 'employee', id: sam, name: 'Sam' },
  granteeIsMember: false,
  ...terms,
  statement: null,
  reason: 'CUSTOMER_INITIATED_SUPPORT',
  side: 'tenant',
};
const granted = (from = at): readonly GrantEvent[] => [
  {
    type: 'access.grant-requested',
    body: {
      grant,
      grantee: { kind: 'employee', id: sam, name: 'Sam' },
      ...terms,
      from,
      statement: null,
    },
  },
  { type: 'access.grant-approved', body: { grant, side: 'tenant', outright: true, until } },
  {
    type: 'access.grant-activated',
    body: { grant, grantee: { kind: 'employee', id: sam }, ...terms },
  },
];
const revoked: GrantEvent = {
  type: 'access.grant-revoked',
  body: { grant, lastUseBy: '2026-01-01T12:10:35.000Z' },
};
const expired: GrantEvent = { type: 'access.grant-expired', body: { grant, until } };
const revokeAt = (time: string) => ({ kind: 'revoke-grant', at: time }) as const;
const expireAt = (time: string) => ({ kind: 'expire-grant', at: time }) as const;

describe('granting outright', () => {
  test('is asking, approving and activating in one', () => {
    given(grantDecider)
      .when(grantAccess)
      .then(...granted());
  });

  test('happens once', () => {
    given(grantDecider, ...granted())
      .when(grantAccess)
      .thenRejected('grant.already-exists');
  });

  test('does not reach back: it holds from the later of asked and given', () => {
    const from = plus(at, -60_000);
    given(grantDecider)
      .when({ ...grantAccess, from })
      .then(...granted(from));
    const soon = plus(at, 60_000);
    const { decision } = given(grantDecider).when({ ...grantAccess, from: soon });
    expect(decision).toMatchObject({ events: [{}, {}, { body: { from: soon } }] });
  });

  test.each([
    ['a beginning too far ahead', { from: plus(at, 300_001) }, 'time.in-future', 'from'],
    ['a beginning too far back', { from: plus(at, -300_001) }, 'time.in-past', 'from'],
    ['no time at all', { until: at }, 'grant.period-empty', 'until'],
    ['an end before the beginning', { until: plus(at, -1) }, 'grant.period-empty', 'until'],
    ['an end that has passed', { from: plus(at, -9), until: plus(at, -1) }, 'grant.period-empty', 'until'],
    ['more than 366 days', { until: plus(at, 366 * 24 * HOUR + 1) }, 'grant.period-too-long', 'until'],
  ] as const)('%s is refused', (_, change, code, field) => {
    given(grantDecider)
      .when({ ...grantAccess, ...change })
      .thenRejected(code, { field });
  });

  test('to a user is for members; whoever is none is external', () => {
    const to = (kind: ActorKind, granteeIsMember: boolean): GrantAccess => ({
      ...grantAccess,
      grantee: { kind, id: sam, name: null },
      granteeIsMember,
    });
    given(grantDecider)
      .when(to('user', false))
      .thenRejected('grant.unknown-grantee', { field: 'grantee.id' });
    expect(given(grantDecider).when(to('user', true)).decision.ok).toBe(true);
    for (const kind of ['employee', 'service', 'external'] as const)
      expect(given(grantDecider).when(to(kind, false)).decision.ok).toBe(true);
  });

  test.each(['', 'because I may', 'x'.repeat(65)])('for no reason is refused: %j', (reason) => {
    given(grantDecider)
      .when({ ...grantAccess, reason })
      .thenRejected('grant.reason-missing', { field: 'reason.code' });
  });

  test.each([
    ['an account with an id', { kind: 'account', id: sam }],
    ['a delivery log with an id', { kind: 'delivery-log', id: sam }],
    ['a mailbox without', { kind: 'mailbox', id: null }],
    ['a thread without', { kind: 'thread', id: null }],
  ] as const)('a scope of %s is refused', (_, scope) => {
    expect(given(grantDecider).when({ ...grantAccess, scope }).decision).toMatchObject({
      rejection: { code: 'input.invalid', detail: { field: '/scope' } },
    });
  });
});

describe('revoking', () => {
  test('says until when the last permit can be used', () => {
    given(grantDecider, ...granted())
      .when(revokeAt('2026-01-01T12:10:00.000Z'))
      .then(revoked);
  });

  test('nothing, or what is over', () => {
    given(grantDecider).when(revokeAt(at)).thenRejected('grant.unknown');
    given(grantDecider, ...granted().slice(0, 2))
      .when(revokeAt(at))
      .thenRejected('grant.not-active');
    given(grantDecider, ...granted(), revoked)
      .when(revokeAt(at))
      .thenRejected('grant.already-revoked');
    given(grantDecider, ...granted(), expired)
      .when(revokeAt(at))
      .thenRejected('grant.already-expired');
    given(grantDecider, ...granted())
      .when(revokeAt(until))
      .thenRejected('grant.already-expired');
  });

  test('is possible in a full stream', () => {
    const { state } = given(grantDecider, ...granted());
    expect(grantDecider.decide({ ...state, events: 10_000 }, revokeAt(at)).ok).toBe(true);
  });
});

describe('expiring', () => {
  test('is noticed at its time, not before', () => {
    given(grantDecider, ...granted())
      .when(expireAt(plus(until, -1)))
      .thenRejected('grant.not-yet-expired', { until });
    given(grantDecider, ...granted())
      .when(expireAt(until))
      .then(expired);
  });

  test('what is over already stays as it is', () => {
    given(grantDecider, ...granted(), revoked)
      .when(expireAt(until))
      .thenNothing();
    given(grantDecider, ...granted(), expired)
      .when(expireAt(plus(until, HOUR)))
      .thenNothing();
  });

  test('of nothing, or of what was never activated', () => {
    given(grantDecider).when(expireAt(until)).thenRejected('grant.unknown');
    given(grantDecider, ...granted().slice(0, 1))
      .when(expireAt(until))
      .thenRejected('grant.not-active');
  });
});

test('the time of a revocation is its entry’s', () => {
  const occurredAt = (n: number): string => plus(at, n);
  const { state } = givenAt({ occurredAt }, grantDecider, ...granted(), revoked).state;
  expect(state).toMatchObject({ status: 'revoked', revokedAt: plus(at, 3) });
});

test('whatever is commanded when, a grant is usable only within its time and before its revocation', () => {
  const minutes = fc.integer({ min: -10, max: 130 });
  const command: fc.Arbitrary<GrantCommand> = minutes.chain((m) => {
    const time = plus(at, m * 60_000);
    return fc.oneof(
      fc.record({ from: minutes, until: minutes }).map((p): GrantCommand => ({
        ...grantAccess,
        at: time,
        from: plus(at, p.from * 60_000),
        until: plus(at, p.until * 60_000),
      })),
      fc.constantFrom<GrantCommand>(revokeAt(time), expireAt(time)),
    );
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 20 }), minutes, (commands, probe) => {
      const ordered = commands.toSorted((a, b) => (a.at < b.at ? -1 : 1));
      const history: { readonly event: GrantEvent; readonly at: string }[] = [];
      const state = () =>
        fold(
          grantDecider,
          history.map(({ event }) => event),
          { occurredAt: (n) => history[n]?.at ?? at },
        ).state;
      for (const next of ordered) {
        const decision = grantDecider.decide({ events: history.length, state: state() }, next);
        if (decision.ok) history.push(...decision.events.map((event) => ({ event, at: next.at })));
      }
      const find = (type: GrantEvent['type']) => history.find(({ event }) => event.type === type);
      const time = plus(at, probe * 60_000);
      const now = state();
      const usable = 'grant' in now && standing(now, time) === 'usable';
      const activated = find('access.grant-activated');
      const revokedAt = find('access.grant-revoked')?.at;
      expect(usable).toBe(
        activated?.event.type === 'access.grant-activated' &&
          activated.event.body.from <= time &&
          activated.at <= time &&
          time < activated.event.body.until &&
          (revokedAt === undefined || time < revokedAt),
      );
      expect(history.filter(({ event }) => event.type === 'access.grant-revoked').length).toBeLessThan(2);
      expect(history.filter(({ event }) => event.type === 'access.grant-expired').length).toBeLessThan(2);
    }),
  );
});
