import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { factId, fold, given, givenAt } from '@candor/testing';
import { CONFLICT_LIMIT } from '../kernel/conflicts.js';
import { plus } from '../kernel/time.js';
import type { DeliveryFact, ReportDelivery } from './commands.js';
import { deliveryDecider } from './decider.js';
import type { DeliveryEvent } from './events.js';
import { isTerminal, rankOf, statusOf } from './policy.js';

const at = '2026-01-01T12:00:00.000Z';
const head = {
  reporter: '0f3a2b1c-0000-4000-8000-00000000000a',
  messageId: '0f3a2b1c-0000-4000-8000-00000000000b',
  recipient: '0f3a2b1c-0000-4000-8000-00000000000c',
};

const accepted: DeliveryFact = {
  type: 'delivery.accepted',
  details: {
    address: 'kunde@post.example',
    originalAddress: null,
    sender: null,
    sourceMessageId: null,
    bytes: null,
    direction: 'outbound',
  },
};
const attempted: DeliveryFact = {
  type: 'delivery.attempted',
  details: {
    attempt: 1,
    remoteMta: { host: 'mx.post.example', ip: null, port: 25 },
    tls: null,
    reply: '250 ok',
    delayMs: 12,
  },
};
const deferred: DeliveryFact = {
  type: 'delivery.deferred',
  details: { attempt: 1, action: 'delayed', status: '4.2.2', diagnostic: null, retryUntil: null },
};
const delivered: DeliveryFact = {
  type: 'delivery.delivered',
  details: { attempt: 2, action: 'delivered', status: '2.0.0', diagnostic: '250 ok' },
};
const relayed: DeliveryFact = {
  type: 'delivery.relayed',
  details: { attempt: 2, action: 'relayed', status: '2.0.0', diagnostic: null },
};
const failed: DeliveryFact = {
  type: 'delivery.failed',
  details: { attempt: 2, action: 'failed', status: '5.1.1', reason: 'invalid', diagnostic: null },
};
const facts = [accepted, attempted, deferred, delivered, relayed, failed];

const report = (fact: DeliveryFact, occurredAt = at, text = `{"type":"${fact.type}"}`): ReportDelivery => ({
  kind: 'report-delivery',
  at,
  ...head,
  occurredAt,
  report: text,
  fact,
});
const event = ({ type, details }: DeliveryFact): DeliveryEvent =>
  ({ type, body: { ...head, receivedAt: at, ...details } }) as DeliveryEvent;
const conflict = (conflictsWith: string, text: string): DeliveryEvent => ({
  type: 'delivery.conflict-detected',
  body: { ...head, receivedAt: at, conflictsWith, report: text },
});

describe('reporting a fact', () => {
  test.each(facts.map((fact) => [fact.type, fact] as const))('%s is recorded', (type, fact) => {
    const failure = type === 'delivery.failed' || type === 'delivery.deferred';
    given(deliveryDecider)
      .when(report(fact))
      .then(failure ? { ...event(fact), outcome: 'failure' } : event(fact));
  });

  test('a report cannot say who reported it, of which message, to whom, or when it was taken in', () => {
    const other = '0f3a2b1c-0000-4000-8000-00000000000d';
    const forged = { reporter: other, messageId: other, recipient: other, receivedAt: plus(at, 1) };
    given(deliveryDecider)
      .when(report({ ...accepted, details: { ...accepted.details, ...forged } }))
      .then(event(accepted));
  });

  test('after the end, what is no end is still recorded, and changes nothing', () => {
    for (const fact of [accepted, attempted]) {
      given(deliveryDecider, event(delivered)).when(report(fact)).then(event(fact));
      expect(fold(deliveryDecider, [event(delivered), event(fact)]).state.status).toBe('delivered');
    }
  });

  test('from the future is refused', () => {
    given(deliveryDecider)
      .when(report(accepted, plus(at, 300_001)))
      .thenRejected('time.in-future', { field: 'occurredAt' });
  });

  test.each([
    ['/status', { ...delivered, details: { ...delivered.details, status: '5.0.0' } }],
    ['/status', { ...failed, details: { ...failed.details, status: '2.0.0' } }],
    ['/status', { ...failed, details: { ...failed.details, status: '5.01.1' } }],
    ['/status', { ...failed, details: { ...failed.details, status: '5.1.00' } }],
    ['/diagnostic', { ...failed, details: { ...failed.details, diagnostic: 'x'.repeat(2_001) } }],
    ['/attempt', { ...deferred, details: { ...deferred.details, attempt: 0 } }],
    ['/address', { ...accepted, details: { ...accepted.details, address: 'a\nb' } }],
    ['/address', { ...accepted, details: { ...accepted.details, address: 'root' } }],
    ['/sender', { ...accepted, details: { ...accepted.details, sender: 'root' } }],
    ['', { ...accepted, details: { ...accepted.details, extra: 1 } }],
  ] as const)('bad input is refused: %s', (field, fact) => {
    expect(given(deliveryDecider).when(report(fact)).decision).toMatchObject({
      ok: false,
      rejection: { code: 'input.invalid', detail: { field } },
    });
  });
});

describe('a second end', () => {
  test('the same again changes nothing', () => {
    for (const fact of [delivered, relayed, failed])
      givenAt({ occurredAt: () => at }, deliveryDecider, event(fact))
        .when(report(fact))
        .thenNothing();
  });

  test('the same whose words were erased is still the same', () => {
    const erased = {
      ...event(delivered),
      body: { ...event(delivered).body, diagnostic: { state: 'erased' } },
    };
    givenAt({ occurredAt: () => at }, deliveryDecider, erased as DeliveryEvent)
      .when(report(delivered))
      .thenNothing();
  });

  test.each([
    ['of another kind', failed, at],
    ['at another time: it was delivered twice', delivered, plus(at, 1)],
    ['with another status', { ...delivered, details: { ...delivered.details, status: '2.1.5' } }, at],
  ])('%s is a conflict with the first', (_, second, occurredAt) => {
    givenAt({ occurredAt: () => at }, deliveryDecider, event(accepted), event(delivered))
      .when(report(second, occurredAt, '{"second":true}'))
      .then(conflict(factId(1), '{"second":true}'));
  });

  test('that was stored all the same does not replace the first', () => {
    const stored = [delivered, failed, delivered, deferred].map(event);
    expect(fold(deliveryDecider, stored).state).toMatchObject({
      status: 'delivered',
      end: { id: factId(0) },
    });
  });

  test('is kept once', () => {
    given(deliveryDecider, event(delivered), conflict(factId(0), '{"second":true}'))
      .when(report(failed, at, '{"second":true}'))
      .thenNothing();
  });
});

describe('a differing report of the same record', () => {
  const record = (text: string) =>
    ({ kind: 'record-delivery-conflict', at, ...head, conflictsWith: factId(0), report: text }) as const;

  test('is kept, once for each text', () => {
    given(deliveryDecider, event(accepted))
      .when(record('{}'))
      .then(conflict(factId(0), '{}'));
    given(deliveryDecider, event(accepted), conflict(factId(0), '{}'))
      .when(record('{}'))
      .thenNothing();
  });

  test('needs a record to differ from, and cannot fill the store', () => {
    given(deliveryDecider).when(record('{}')).thenRejected('delivery.unknown');
    const many = Array.from({ length: CONFLICT_LIMIT }, (_, n) => conflict(factId(0), `${n}`));
    given(deliveryDecider, event(accepted), ...many)
      .when(record('{}'))
      .thenRejected('record.too-many-conflicts');
  });
});

describe('in whatever order reports come', () => {
  const anyReports = fc.array(
    fc.record({ fact: fc.constantFrom(...facts), minute: fc.integer({ min: 0, max: 3 }) }),
    { maxLength: 25 },
  );
  const history = (reports: readonly { readonly fact: DeliveryFact; readonly minute: number }[]) => {
    const stored: { readonly event: DeliveryEvent; readonly occurredAt: string }[] = [];
    const state = () =>
      fold(
        deliveryDecider,
        stored.map((s) => s.event),
        { occurredAt: (n) => stored[n]?.occurredAt ?? at },
      );
    for (const { fact, minute } of reports) {
      const occurredAt = plus(at, -minute * 60_000);
      const decision = deliveryDecider.decide(state(), report(fact, occurredAt, `${fact.type} ${minute}`));
      if (!decision.ok) throw new Error(decision.rejection.code);
      stored.push(...decision.events.map((e) => ({ event: e, occurredAt })));
    }
    return { stored, state: state().state };
  };

  test('there is one end at most, and it is the first', () => {
    fc.assert(
      fc.property(anyReports, (reports) => {
        const { stored, state } = history(reports);
        const ends = stored.filter((s) => isTerminal(statusOf(s.event.type)));
        const first = reports.find(({ fact }) => isTerminal(statusOf(fact.type)));
        expect(ends.map((s) => s.event.type)).toEqual(first === undefined ? [] : [first.fact.type]);
        if (first !== undefined) expect(state.status).toBe(statusOf(first.fact.type));
      }),
    );
  });

  test('the state has the same rank', () => {
    const shuffled = anyReports.chain((reports) =>
      fc.shuffledSubarray(reports, { minLength: reports.length }).map((other) => ({ reports, other })),
    );
    fc.assert(
      fc.property(shuffled, ({ reports, other }) => {
        const rank = rankOf(history(reports).state.status);
        expect(rankOf(history(other).state.status)).toBe(rank);
        expect(rank).toBe(Math.max(0, ...reports.map(({ fact }) => rankOf(statusOf(fact.type)))));
      }),
    );
  });

  test('nothing reported is lost: each report is an event, or the same as one', () => {
    fc.assert(
      fc.property(anyReports, (reports) => {
        const { stored } = history(reports);
        const open = reports.filter(({ fact }) => !isTerminal(statusOf(fact.type))).length;
        const ends = reports.filter(({ fact }) => isTerminal(statusOf(fact.type)));
        const distinct = new Set(ends.map(({ fact, minute }) => `${fact.type} ${minute}`)).size;
        expect(stored.length).toBe(open + distinct);
      }),
    );
  });
});
