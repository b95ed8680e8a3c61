import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { accept, type Decider } from './decider.js';
import { defineEvent, type EventOf } from './event-type.js';
import { whole } from './fields.js';
import { guard, STREAM_LIMIT } from './guard.js';
import { noTarget } from './target.js';

const counted = defineEvent({
  type: 'x.counted',
  means: 'x',
  category: 'x',
  log: 'tenant',
  retention: 'access',
  schemas: [z.strictObject({ by: whole(1) })],
  upcasters: [],
  target: noTarget,
});
type Counted = EventOf<typeof counted>;
interface Command {
  readonly kind: 'count' | 'end';
  readonly times: readonly number[];
}
const counter: Decider<Command, Counted, number> = {
  initial: 0,
  decide: (_, { times }) => accept(...times.map((by): Counted => ({ type: 'x.counted', body: { by } }))),
  evolve: (sum, { body }) => sum + body.by,
};
const guarded = guard(counter, { types: [counted], always: ['end'] });
const fact = { id: 'x', occurredAt: '2026-01-01T00:00:00.000Z', by: 'x' };

test('it folds as the decider does, and counts', () => {
  const state = guarded.evolve(guarded.initial, { type: 'x.counted', body: { by: 3 } }, fact);
  expect(state).toEqual({ events: 1, state: 3 });
});

test('events that do not pass their schema are refused, and the value is not said', () => {
  expect(guarded.decide(guarded.initial, { kind: 'count', times: [1, -7] })).toEqual({
    ok: false,
    rejection: {
      code: 'input.invalid',
      detail: { type: 'x.counted', field: '/by', problem: 'too_small' },
    },
  });
});

test('a full stream takes nothing but what must always be possible', () => {
  const full = { events: STREAM_LIMIT, state: 0 };
  const rejection = { ok: false, rejection: { code: 'stream.full' } };
  expect(guarded.decide(full, { kind: 'count', times: [1] })).toEqual(rejection);
  expect(guarded.decide(full, { kind: 'count', times: [] })).toEqual({ ok: true, events: [] });
  expect(guarded.decide(full, { kind: 'end', times: [1] }).ok).toBe(true);
  const almost = { events: STREAM_LIMIT - 1, state: 0 };
  expect(guarded.decide(almost, { kind: 'count', times: [1] }).ok).toBe(true);
  expect(guarded.decide(almost, { kind: 'count', times: [1, 1] })).toEqual(rejection);
});
