import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyBody, anyTimestamp, anyUuid } from '@candor/testing';
import { accessDecider } from './access/access-decider.js';
import { grantDecider } from './access/grant-decider.js';
import { catalogue } from './catalogue.js';
import { deliveryDecider } from './delivery/decider.js';
import type { Decider } from './kernel/decider.js';
import type { DomainEvent } from './kernel/entry.js';
import type { EventType } from './kernel/event-type.js';
import { readingDecider } from './log/decider.js';
import { platformDecider, slotDecider, storeDecider } from './platform/decider.js';
import { membersDecider } from './tenant/members-decider.js';
import { tenantDecider } from './tenant/tenant-decider.js';

/** Each with its stream's category and a command of each kind it knows. */
const deciders = [
  ['store', storeDecider, ['create-store']],
  ['slot', slotDecider, ['assign-slot']],
  ['platform', platformDecider, ['install-platform']],
  ['tenant', tenantDecider, ['register-tenant', 'change-profile']],
  ['members', membersDecider, ['invite-member', 'change-member-role', 'deactivate-member']],
  ['grant', grantDecider, ['grant-access', 'revoke-grant', 'expire-grant']],
  ['access', accessDecider, ['report-access', 'record-access-conflict', 'flag-uncovered-access']],
  ['message', deliveryDecider, ['report-delivery', 'record-delivery-conflict']],
  ['reading', readingDecider, ['query']],
] as unknown as readonly [string, Decider<unknown, DomainEvent, unknown>, readonly string[]][];

const typesOf = (category: string): readonly EventType[] =>
  [...catalogue.values()].filter((type) => type.category === category);

const anyHistory = (category: string): fc.Arbitrary<readonly DomainEvent[]> =>
  fc.array(
    fc.oneof(
      ...typesOf(category).map((type) => anyBody(type, 'any').map((body) => ({ type: type.type, body }))),
    ),
    { maxLength: 8 },
  );

/** Commands as no form would let them pass: every text may be any text, every number any number. */
const anything = fc.oneof(
  fc.constantFrom('', 'x', 'owner', 'mailbox', '__proto__', '2026-01-01T00:00:00.000Z'),
  fc.string(),
  anyUuid,
  anyTimestamp,
);
const texts = ['user', 'role', 'address', 'name', 'grant', 'level', 'from', 'until', 'statement', 'side'];
const more = ['reporter', 'occurredAt', 'outcome', 'access', 'missing', 'store', 'log', 'operator', 'view'];
const last = ['conflictsWith', 'report', 'messageId', 'recipient', 'legalName', 'country'];
const numbers = { slot: fc.double(), count: fc.double(), size: fc.integer() };
const anyCommand = (kinds: readonly string[]): fc.Arbitrary<unknown> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    at: anyTimestamp,
    grantee: fc.record({ kind: anything, id: anything, name: anything }),
    scope: fc.record({ kind: anything, id: anything }),
    changes: fc.dictionary(fc.constantFrom('legalName', 'country', 'other'), anything),
    details: fc.record({ categories: fc.array(anything), resource: anything }),
    fact: fc.record({
      type: fc.constantFrom('delivery.accepted', 'delivery.failed'),
      details: fc.record({ status: anything, attempt: fc.double() }),
    }),
    filter: fc.record({ actor: anything }),
    ...numbers,
    ...Object.fromEntries([...texts, ...more, ...last].map((name) => [name, anything])),
  });

test('there is a decider for the stream of every event', () => {
  const categories = new Set([...catalogue.values()].map(({ category }) => category));
  expect(deciders.map(([category]) => category).toSorted()).toEqual([...categories].toSorted());
});

describe.each(deciders)('the decider of %s', (category, decider, kinds) => {
  test('takes every event in every order, readable or not, and stays able to decide', () => {
    fc.assert(
      fc.property(
        anyHistory(category),
        anyCommand(kinds),
        anyUuid,
        anyTimestamp,
        (events, command, id, time) => {
          const state = events.reduce(
            (before, event) => decider.evolve(before, event, { id, occurredAt: time }),
            decider.initial,
          );
          const frozen = JSON.stringify(state);
          const decision = decider.decide(state, command);
          expect(JSON.stringify(state)).toBe(frozen);
          if (!decision.ok) return;
          for (const { type, body } of decision.events)
            expect(catalogue.get(type)?.problem(body)).toBeUndefined();
        },
      ),
    );
  });

  test('knows no clock: the same question has the same answer', () => {
    fc.assert(
      fc.property(anyCommand(kinds), (command) => {
        expect(decider.decide(decider.initial, command)).toEqual(decider.decide(decider.initial, command));
      }),
    );
  });
});

test.each([...catalogue.values()])('bodies made for $type pass its check', (type) => {
  fc.assert(
    fc.property(anyBody(type), (body) => {
      expect(type.check(body)).toEqual(body);
    }),
    { numRuns: 25 },
  );
});
