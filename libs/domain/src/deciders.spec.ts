import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { anyBody, anyTimestamp, anyUuid, factId, fold } from '@candor/testing';
import { accessDecider } from './access/access-decider.js';
import { grantDecider } from './access/grant-decider.js';
import { catalogue } from './catalogue.js';
import { deliveryDecider } from './delivery/decider.js';
import { erasureDecider } from './erasure/erasure-decider.js';
import { holdDecider } from './erasure/hold-decider.js';
import { orderDecider } from './erasure/order-decider.js';
import { sinkDecider } from './erasure/sink-decider.js';
import { sinkToldDecider } from './erasure/sink-told-decider.js';
import { subjectRequestDecider } from './erasure/subject-request-decider.js';
import type { Decider, Decision } from './kernel/decider.js';
import type { DomainEvent } from './kernel/entry.js';
import type { EventType } from './kernel/event-type.js';
import { keyGenerationDecider } from './key-generation/decider.js';
import { readingDecider } from './log/decider.js';
import { platformDecider, slotDecider, storeDecider } from './platform/decider.js';
import { successionRequestDecider } from './succession/request-decider.js';
import { successionDecider } from './succession/succession-decider.js';
import { membersDecider } from './tenant/members-decider.js';
import { tenantDecider } from './tenant/tenant-decider.js';

const at = '2026-01-01T12:00:00.000Z';
const until = '2026-01-01T13:00:00.000Z';
const [one, two] = ['0f3a2b1c-0000-4000-8000-00000000000a', '0f3a2b1c-0000-4000-8000-00000000000b'];
const previous = `x.example/t/7-${'a'.repeat(52)}\n9\n${'A'.repeat(43)}=\n`;
const profile = { legalName: 'Møller ApS', registerNumber: null, country: 'DK', breachContact: null };
const place = { resource: { kind: 'mailbox', id: one }, within: [], user: null, operation: 'read' };
const access = {
  ...place,
  level: 'view-content',
  purpose: 'x',
  purposeText: null,
  categories: ['x'],
  records: 1,
};
const reported = { at, reporter: one, report: '{}' };
const delivered = { attempt: 1, action: 'delivered', status: '2.0.0', diagnostic: null };
const message = { ...reported, messageId: one, recipient: two, occurredAt: at };
const scope = { kind: 'account', id: null };
const grantee = { kind: 'user', id: two, name: null };
const grant = { grant: one, grantee, granteeIsMember: true, level: 'operate', scope };
const filter = { actor: null, action: null, target: null, outcome: null, from: null, to: null };

const asked = { erasure: one, subjects: [one], askedBy: 'controller', ground: 'objection', statement: null };
const receipt = { erasure: one, rule: 'erasure', orders: [two], keyCount: 1, entryCount: 2, finalAt: at };
const hold = { hold: one, subject: two, class: null, basis: 'investigation', reference: null };

/** Each with its stream's category and a life it may have: every kind of command it knows, all of them accepted. */
const deciders = [
  ['store', storeDecider, [{ kind: 'create-store', store: one }]],
  ['slot', slotDecider, [{ kind: 'assign-slot', slot: 1, log: one }]],
  ['platform', platformDecider, [{ kind: 'install-platform', slot: 1, operator: 'candor.example' }]],
  [
    'tenant',
    tenantDecider,
    [
      {
        kind: 'register-tenant',
        slot: 1,
        operator: 'candor.example',
        ...profile,
        role: 'controller',
        dataRegion: 'eu',
      },
      { kind: 'change-profile', changes: { country: 'SE' } },
      { kind: 'offboard-tenant', returnUntil: until },
    ],
  ],
  [
    'members',
    membersDecider,
    [
      { kind: 'invite-member', user: one, role: 'owner', address: 'mara@boghandel.example', name: null },
      { kind: 'invite-member', user: two, role: 'admin', address: 'jon@boghandel.example', name: null },
      { kind: 'change-member-role', user: two, role: 'viewer' },
      { kind: 'deactivate-member', user: two },
    ],
  ],
  [
    'grant',
    grantDecider,
    [
      { kind: 'grant-access', ...grant, from: at, until, statement: null, side: 'tenant', reason: 'X' },
      { kind: 'revoke-grant' },
      { kind: 'expire-grant' },
    ],
  ],
  [
    'access',
    accessDecider,
    [
      { ...reported, kind: 'report-access', occurredAt: at, outcome: 'success', details: access },
      { ...reported, kind: 'record-access-conflict', conflictsWith: one },
      { kind: 'flag-uncovered-access', access: factId(0), missing: 'no-grant', grant: null, rule: 1 },
    ],
  ],
  [
    'message',
    deliveryDecider,
    [
      { ...message, kind: 'report-delivery', fact: { type: 'delivery.delivered', details: delivered } },
      { ...message, kind: 'record-delivery-conflict', conflictsWith: one },
    ],
  ],
  [
    'erasure',
    erasureDecider,
    [
      { kind: 'request-erasure', ...asked, keyCount: 1, entryCount: 2, sinks: [two] },
      { kind: 'confirm-erasure', erasure: one, by: two, holds: [] },
      { kind: 'confirm-sink-erased', erasure: one, sink: two, ordered: true },
      {
        kind: 'complete-erasure',
        ...receipt,
        backupsUntil: until,
        sinks: [{ sink: two, state: 'told' }],
      },
    ],
  ],
  [
    'keyerasures',
    orderDecider,
    [
      { kind: 'order-erasure', rule: 'erasure', ground: 'objection', keys: [two, one] },
      { kind: 'order-erasure', rule: 'retention', class: 'delivery', period: '2026-01' },
      { kind: 'order-erasure', rule: 'offboarding' },
    ],
  ],
  [
    'hold',
    holdDecider,
    [
      { kind: 'place-hold', ...hold, statement: null, until, standing: 0 },
      { kind: 'release-hold', hold: one },
    ],
  ],
  [
    'sink',
    sinkDecider,
    [
      {
        kind: 'register-sink',
        sink: one,
        sinkKind: 'search-index',
        name: 'Søgning',
        keepsDays: null,
        count: 0,
      },
      { kind: 'renew-sink-credential', sink: one },
      { kind: 'remove-sink', sink: one },
    ],
  ],
  ['sinktold', sinkToldDecider, [{ kind: 'tell-sink', sink: one, through: two }]],
  [
    'subjectrequest',
    subjectRequestDecider,
    [
      { kind: 'receive-subject-request', request: one, subjects: [one], asks: 'access', askedAt: at },
      { kind: 'answer-subject-request', request: one, answer: 'exported', event: two },
    ],
  ],
  [
    'keygeneration',
    keyGenerationDecider,
    [
      { kind: 'retire-key-generation', generation: 1, successor: 2 },
      { kind: 'report-drained', generation: 1, keyCount: 1 },
      { kind: 'request-key-destruction', generation: 1, backup: `${'A'.repeat(43)}=` },
      { kind: 'begin-key-destruction', generation: 1, by: two, backup: `${'A'.repeat(43)}=` },
      {
        kind: 'approve-key-destruction',
        generation: 1,
        by: two,
        backup: `${'A'.repeat(43)}=`,
        finalAt: at,
      },
    ],
  ],
  [
    'logsuccession',
    successionRequestDecider,
    [
      { kind: 'request-succession', log: one, slot: 7, previous, kept: 4, cause: 'restored' },
      { kind: 'approve-succession', log: one, previous, kept: 4, by: two },
    ],
  ],
  [
    'succession',
    successionDecider,
    [{ kind: 'succeed-log', slot: 7, operator: 'x.example', previous, cause: 'restored' }],
  ],
  [
    'reading',
    readingDecider,
    [
      { kind: 'query', view: 'audit-log', filter, count: 1, size: 1, first: 0, last: 0 },
      { kind: 'record-export', exported: 'subjects', subjects: [one], from: 0, size: 1, count: 1 },
    ],
  ],
] as unknown as readonly [string, Decider<unknown, DomainEvent, unknown>, readonly { kind: string }[]][];

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
const texts = [
  'reason',
  'user',
  'role',
  'address',
  'name',
  'grant',
  'level',
  'from',
  'until',
  'statement',
  'side',
];
const more = ['reporter', 'occurredAt', 'outcome', 'access', 'missing', 'store', 'log', 'operator', 'view'];
const erasures = ['erasure', 'by', 'askedBy', 'ground', 'cause', 'rule', 'class', 'period', 'finalAt'];
const others = [
  'backup',
  'hold',
  'sink',
  'basis',
  'sinkKind',
  'request',
  'asks',
  'askedAt',
  'through',
  'ordered',
  'answer',
  'event',
  'previous',
];
const last = [
  'returnUntil',
  'exported',
  'conflictsWith',
  'report',
  'messageId',
  'recipient',
  'legalName',
  'country',
];
const numbers = {
  keyCount: fc.double(),
  entryCount: fc.integer(),
  keepsDays: fc.double(),
  generation: fc.double(),
  successor: fc.integer(),
  slot: fc.double(),
  count: fc.double(),
  size: fc.integer(),
  rule: fc.double(),
  first: fc.option(fc.integer()),
  last: fc.double(),
};
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
    ...Object.fromEntries(
      ['subjects', 'sinks', 'orders', 'holds', 'keys'].map((name) => [name, fc.array(anything)]),
    ),
    ...numbers,
    ...Object.fromEntries(
      [...texts, ...more, ...erasures, ...others, ...last].map((name) => [name, anything]),
    ),
  });

afterEach(() => {
  jest.useRealTimers();
});

/** Streams that no command is decided on yet. */
const UNDECIDED = ['anchor', 'check', 'epoch', 'log'];

test('there is a decider for the stream of every event', () => {
  const categories = new Set([...catalogue.values()].map(({ category }) => category));
  for (const category of UNDECIDED) expect(categories.delete(category)).toBe(true);
  expect(deciders.map(([category]) => category).toSorted()).toEqual([...categories].toSorted());
});

describe.each(deciders)('the decider of %s', (category, decider, commands) => {
  const kinds = commands.map(({ kind }) => kind);
  const lived = (): readonly Decision<DomainEvent>[] => {
    const history: DomainEvent[] = [];
    return commands.map((command) => {
      const decision = decider.decide(fold(decider, history), { at, ...command });
      if (decision.ok) history.push(...decision.events);
      return decision;
    });
  };

  test('takes every event in every order, readable or not, and stays able to decide', () => {
    fc.assert(
      fc.property(
        anyHistory(category),
        fc.oneof(anyCommand(kinds), fc.constantFrom(...commands.map((command) => ({ at, ...command })))),
        anyUuid,
        anyTimestamp,
        (events, command, id, time) => {
          const state = events.reduce(
            (before, event) => decider.evolve(before, event, { id, occurredAt: time, by: id }),
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

  test('knows no clock: the same life is the same years later', () => {
    jest.useFakeTimers();
    const [early, late] = ['2001-01-01T00:00:00.000Z', '2031-01-01T00:00:00.000Z'].map((now) => {
      jest.setSystemTime(new Date(now));
      return lived();
    });
    expect(early?.filter(({ ok }) => !ok)).toEqual([]);
    expect(early).toEqual(late);
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
