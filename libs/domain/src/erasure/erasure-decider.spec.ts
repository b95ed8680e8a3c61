import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fold, given, givenAt, SOMEBODY } from '@candor/testing';
import type { CompleteErasure, ErasureCommand, RequestErasure } from './erasure-commands.js';
import { erasureDecider } from './erasure-decider.js';
import type { ErasureEvent } from './erasure-events.js';

const at = '2026-01-01T12:00:00.000Z';
const id = (n: number): string => `0f3a2b1c-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const [erasure, subject, other, sink, second] = [1, 2, 3, 4, 5].map(id) as [
  string,
  string,
  string,
  string,
  string,
];
const terms = { subjects: [subject], askedBy: 'data-subject', ground: 'objection', statement: null } as const;
const request: RequestErasure = {
  kind: 'request-erasure',
  at,
  erasure,
  ...terms,
  keyCount: 3,
  entryCount: 9,
  sinks: [sink, second],
};
const requested: ErasureEvent = {
  type: 'log.erasure-requested',
  body: { erasure, ...terms, keys: 3, entries: 9, sinks: [sink, second] },
};
const confirm = { kind: 'confirm-erasure', at, erasure, by: other, holds: [] } as const;
const confirmed: ErasureEvent = { type: 'log.erasure-confirmed', body: { erasure } };
const decline = {
  kind: 'decline-erasure',
  at,
  erasure,
  by: other,
  cause: 'legal-claims',
  statement: null,
} as const;
const declined: ErasureEvent = {
  type: 'log.erasure-declined',
  body: { erasure, cause: 'legal-claims', statement: null },
};
const forget = { kind: 'confirm-sink-erased', at, erasure, sink, ordered: true } as const;
const forgotten: ErasureEvent = { type: 'log.sink-erased', body: { erasure, sink } };
const complete: CompleteErasure = {
  kind: 'complete-erasure',
  at,
  erasure,
  rule: 'erasure',
  again: false,
  orders: [id(9)],
  keyCount: 3,
  entryCount: 9,
  finalAt: at,
  backupsUntil: at,
  sinks: [
    { sink, state: 'told' },
    { sink: second, state: 'unreached' },
  ],
};
const receipt: ErasureEvent = {
  type: 'log.key-erased',
  body: {
    erasure,
    rule: 'erasure',
    orders: [id(9)],
    keys: 3,
    entries: 9,
    finalAt: at,
    backupsUntil: at,
    sinks: [
      { sink, state: 'confirmed' },
      { sink: second, state: 'unreached' },
    ],
  },
};

describe('asking', () => {
  test('tells no more sinks than an entry can name', () => {
    const sinks = Array.from({ length: 65 }, (_, n) => id(100 + n));
    given(erasureDecider)
      .when({ ...request, sinks })
      .thenRejected('erasure.too-many-sinks');
  });

  test('is recorded once, with what it would make unreadable', () => {
    given(erasureDecider).when(request).then(requested);
    given(erasureDecider, requested).when(request).thenRejected('erasure.already-requested');
  });

  test('for nothing is refused', () => {
    given(erasureDecider)
      .when({ ...request, keyCount: 0 })
      .thenRejected('erasure.nothing-to-erase');
  });
});

describe('two people', () => {
  test('a second one confirms', () => {
    given(erasureDecider, requested).when(confirm).then(confirmed);
  });

  test('a second one declines, and says why', () => {
    given(erasureDecider, requested).when(decline).then(declined);
    given(erasureDecider, requested, declined).when(confirm).thenRejected('erasure.already-declined');
  });

  test('the one who asked does neither', () => {
    const asked = givenAt({ by: () => other }, erasureDecider, requested);
    asked.when(confirm).thenRejected('erasure.same-person');
    asked.when(decline).thenRejected('erasure.same-person');
    asked.when({ ...confirm, by: SOMEBODY }).then(confirmed);
  });

  test('nothing is decided twice', () => {
    given(erasureDecider).when(confirm).thenRejected('erasure.unknown');
    given(erasureDecider, requested, confirmed).when(confirm).thenRejected('erasure.already-confirmed');
    given(erasureDecider, requested, confirmed).when(decline).thenRejected('erasure.already-confirmed');
  });

  test('a hold stands in the way', () => {
    given(erasureDecider, requested)
      .when({ ...confirm, holds: [id(8)] })
      .thenRejected('erasure.held', { holds: [id(8)] });
  });
});

describe('sinks', () => {
  test('confirm once, also what nobody asked for, and also after the receipt', () => {
    given(erasureDecider, requested, confirmed).when(forget).then(forgotten);
    given(erasureDecider, requested, confirmed, forgotten).when(forget).thenNothing();
    given(erasureDecider).when(forget).then(forgotten);
    given(erasureDecider, requested, confirmed, receipt)
      .when({ ...forget, sink: second })
      .then({ type: 'log.sink-erased', body: { erasure, sink: second } });
  });

  test('nothing before it is ordered', () => {
    given(erasureDecider, requested, confirmed)
      .when({ ...forget, ordered: false })
      .thenRejected('erasure.not-confirmed');
    given(erasureDecider)
      .when({ ...forget, ordered: false })
      .thenRejected('erasure.unknown');
  });
});

describe('the receipt', () => {
  test('says of each sink what it did, and comes once', () => {
    given(erasureDecider, requested, confirmed, forgotten).when(complete).then(receipt);
    given(erasureDecider, requested, confirmed, forgotten, receipt).when(complete).thenNothing();
    given(erasureDecider, requested).when(complete).thenRejected('erasure.not-confirmed');
  });

  test('of the end of a term needs no request', () => {
    const body = { ...receipt.body, rule: 'retention', sinks: [] } as const;
    given(erasureDecider)
      .when({ ...complete, rule: 'retention', sinks: [] })
      .then({ type: 'log.key-erased', body });
    given(erasureDecider).when(complete).thenRejected('erasure.not-confirmed');
  });

  test('of what is ordered again needs none either, and no other order passes for it', () => {
    given(erasureDecider)
      .when({ ...complete, again: true })
      .then({ type: 'log.key-erased', body: { ...receipt.body, sinks: complete.sinks } });
    given(erasureDecider, requested, confirmed)
      .when({ ...complete, again: true })
      .thenRejected('erasure.not-confirmed');
  });

  test('of a lapse counts the sinks that have confirmed', () => {
    const body = { ...receipt.body, rule: 'offboarding' } as const;
    given(erasureDecider, forgotten)
      .when({ ...complete, rule: 'offboarding' })
      .then({ type: 'log.key-erased', body });
  });
});

test('whatever is commanded, nothing is carried out that two people did not want', () => {
  const person = fc.constantFrom(...[1, 2, 3].map((n) => id(100 + n)));
  const step = fc.record({
    by: person,
    command: fc.constantFrom<ErasureCommand>(request, confirm, decline, forget, complete),
    held: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const history: { readonly event: ErasureEvent; readonly by: string }[] = [];
      for (const { by, command, held } of steps) {
        const state = fold(
          erasureDecider,
          history.map(({ event }) => event),
          { by: (n) => history[n]?.by ?? '' },
        );
        const asked = 'by' in command ? { ...command, by } : command;
        const decision = erasureDecider.decide(
          state,
          asked.kind === 'confirm-erasure' ? { ...asked, holds: held ? [id(8)] : [] } : asked,
        );
        if (decision.ok) history.push(...decision.events.map((event) => ({ event, by })));
      }
      const of = (type: ErasureEvent['type']) => history.filter(({ event }) => event.type === type);
      const [first] = of('log.erasure-requested');
      for (const { by } of [...of('log.erasure-confirmed'), ...of('log.erasure-declined')])
        expect(by).not.toBe(first?.by);
      expect(of('log.erasure-confirmed').length + of('log.erasure-declined').length).toBeLessThan(2);
      expect(of('log.key-erased').length).toBeLessThanOrEqual(of('log.erasure-confirmed').length);
      const receiptAt = history.findIndex(({ event }) => event.type === 'log.key-erased');
      for (const { event } of receiptAt < 0 ? [] : history.slice(receiptAt + 1))
        expect(event.type).toBe('log.sink-erased');
    }),
  );
});
