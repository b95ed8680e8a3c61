import { describe, expect, test } from '@jest/globals';
import { given } from '@candor/testing';
import { covers, holdDecider, type PlaceHold } from './hold-decider.js';
import type { HoldEvent } from './hold-events.js';
import { orderDecider } from './order-decider.js';
import { sinkDecider } from './sink-decider.js';
import type { SinkEvent, SinkTold } from './sink-events.js';
import { sinkToldDecider } from './sink-told-decider.js';
import { type ReceiveSubjectRequest, subjectRequestDecider } from './subject-request-decider.js';
import type { SubjectRequestEvent } from './subject-request-events.js';

const at = '2026-01-01T12:00:00.000Z';
const id = (n: number): string => `0f3a2b1c-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

describe('orders', () => {
  const keys = Array.from({ length: 1_001 }, (_, n) => id(n));

  test('name a thousand keys at most each, ascending, each once', () => {
    const decision = orderDecider.decide(orderDecider.initial, {
      kind: 'order-erasure',
      at,
      rule: 'erasure',
      ground: 'objection',
      keys: [...keys.toReversed(), id(3)],
    });
    if (!decision.ok) throw new Error(decision.rejection.code);
    expect(decision.events.map(({ body }) => body.keys)).toEqual([keys.slice(0, 1_000), keys.slice(1_000)]);
    expect(decision.events[0]?.body).toMatchObject({ class: null, period: null, ground: 'objection' });
  });

  test('of nothing are none', () => {
    given(orderDecider)
      .when({ kind: 'order-erasure', at, rule: 'retention', keys: [] })
      .thenRejected('erasure.nothing-to-erase');
  });

  test('a term’s end and a contract’s say why by themselves', () => {
    const all = { keys: null, class: null, period: null };
    given(orderDecider)
      .when({ kind: 'order-erasure', at, rule: 'retention', class: 'delivery', period: '2025-06' })
      .then({
        type: 'log.erasure-ordered',
        body: {
          keys: null,
          class: 'delivery',
          period: '2025-06',
          rule: 'retention',
          ground: 'storage-limitation',
        },
      });
    given(orderDecider)
      .when({ kind: 'order-erasure', at, rule: 'offboarding' })
      .then({
        type: 'log.erasure-ordered',
        body: { ...all, rule: 'offboarding', ground: 'contract-ended' },
      });
  });
});

describe('a hold', () => {
  const terms = { subject: id(2), basis: 'authority-order', reference: 'J-1', statement: null } as const;
  const body = { hold: id(1), class: 'access', until: '2026-02-01T00:00:00.000Z', ...terms } as const;
  const place: PlaceHold = { kind: 'place-hold', at, ...body, standing: 0 };
  const placed: HoldEvent = { type: 'log.hold-placed', body };
  const release = { kind: 'release-hold', at, hold: id(1) } as const;
  const released: HoldEvent = { type: 'log.hold-released', body: { hold: id(1) } };

  test('is placed once and released once', () => {
    given(holdDecider).when(place).then(placed);
    given(holdDecider, placed).when(place).thenRejected('hold.already-placed');
    given(holdDecider, placed).when(release).then(released);
    given(holdDecider).when(release).thenRejected('hold.unknown');
    given(holdDecider, placed, released).when(release).thenRejected('hold.already-released');
  });

  test('is one of 5,000 at most', () => {
    given(holdDecider)
      .when({ ...place, standing: 4_999 })
      .then(placed);
    given(holdDecider)
      .when({ ...place, standing: 5_000 })
      .thenRejected('hold.too-many');
  });

  test('does not end before it begins', () => {
    given(holdDecider)
      .when({ ...place, until: '2025-12-31T00:00:00.000Z' })
      .thenRejected('time.in-past', { field: 'until' });
  });

  test('covers what it names; what it does not name, all of it', () => {
    const key = { subject: id(2), class: 'access' };
    for (const [subject, keyClass, covered] of [
      [id(2), 'access', true],
      [null, 'access', true],
      [id(2), null, true],
      [null, null, true],
      [id(3), null, false],
      [null, 'account', false],
    ] as const)
      expect(covers({ subject, class: keyClass }, key)).toBe(covered);
  });
});

test('a sink is registered once and removed once', () => {
  const name = 'Søgning';
  const register = {
    kind: 'register-sink',
    at,
    sink: id(1),
    sinkKind: 'index',
    name,
    keepsDays: 3,
    count: 0,
  } as const;
  const remove = { kind: 'remove-sink', at, sink: id(1) } as const;
  const registered: SinkEvent = {
    type: 'log.sink-registered',
    body: { sink: id(1), kind: 'index', name, keepsDays: 3 },
  };
  const removed: SinkEvent = { type: 'log.sink-removed', body: { sink: id(1) } };
  given(sinkDecider).when(register).then(registered);
  given(sinkDecider, registered).when(register).thenRejected('sink.already-registered');
  given(sinkDecider, registered).when(remove).then(removed);
  given(sinkDecider).when(remove).thenRejected('sink.unknown');
  given(sinkDecider, registered, removed).when(remove).thenRejected('sink.already-removed');
  given(sinkDecider)
    .when({ ...register, count: 64 })
    .thenRejected('sink.too-many');
});

test('a sink gets another credential as long as it is registered', () => {
  const sink = id(1);
  const renew = { kind: 'renew-sink-credential', at, sink } as const;
  const body = { sink, kind: 'index', name: 'Søgning', keepsDays: 3 };
  const registered: SinkEvent = { type: 'log.sink-registered', body };
  const renewed: SinkEvent = { type: 'log.sink-credential-renewed', body: { sink } };
  given(sinkDecider, registered).when(renew).then(renewed);
  given(sinkDecider, registered, renewed).when(renew).then(renewed);
  given(sinkDecider).when(renew).thenRejected('sink.unknown');
  given(sinkDecider, registered, { type: 'log.sink-removed', body: { sink } })
    .when(renew)
    .thenRejected('sink.already-removed');
});

test('of one order a sink is told once', () => {
  const tell = { kind: 'tell-sink', at, sink: id(1), through: id(2) } as const;
  const told: SinkTold = { type: 'log.sink-told', body: { sink: id(1), through: id(2) } };
  given(sinkToldDecider).when(tell).then(told);
  given(sinkToldDecider, told).when(tell).thenNothing();
});

describe('a person’s own request', () => {
  const receive: ReceiveSubjectRequest = {
    kind: 'receive-subject-request',
    at,
    request: id(1),
    subjects: [id(2)],
    asks: 'erasure',
    askedAt: '2025-12-31T09:00:00.000Z',
  };
  const received: SubjectRequestEvent = {
    type: 'log.subject-request-received',
    body: {
      request: id(1),
      subjects: [id(2)],
      kind: 'erasure',
      askedAt: '2025-12-31T09:00:00.000Z',
      dueBy: '2026-01-31T09:00:00.000Z',
    },
  };
  const answer = {
    kind: 'answer-subject-request',
    at,
    request: id(1),
    answer: 'erased',
    event: id(7),
  } as const;
  const answered: SubjectRequestEvent = {
    type: 'log.subject-request-answered',
    body: { request: id(1), answer: 'erased', event: id(7) },
  };

  test('is due a month after it was asked', () => {
    given(subjectRequestDecider).when(receive).then(received);
    given(subjectRequestDecider, received).when(receive).thenRejected('subject.request-received');
    given(subjectRequestDecider)
      .when({ ...receive, askedAt: '2026-01-02T00:00:00.000Z' })
      .thenRejected('time.in-future', { field: 'askedAt' });
  });

  test('is answered once, by what was asked for', () => {
    given(subjectRequestDecider, received).when(answer).then(answered);
    given(subjectRequestDecider).when(answer).thenRejected('subject.request-unknown');
    given(subjectRequestDecider, received, answered).when(answer).thenRejected('subject.request-answered');
    given(subjectRequestDecider, received)
      .when({ ...answer, answer: 'exported' })
      .thenRejected('subject.other-request');
  });
});
