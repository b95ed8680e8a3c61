import { expect, test } from '@jest/globals';
import { given } from '@candor/testing';
import type { Query } from './commands.js';
import { readingDecider } from './decider.js';

const nothing = { actor: null, action: null, target: null, outcome: null, from: null, to: null };
const query: Query = {
  kind: 'query',
  at: '2026-01-01T12:00:00.000Z',
  view: 'audit-log',
  filter: { ...nothing, action: 'access.', outcome: 'refused' },
  count: 3,
  size: 900,
};
const { kind, at, ...body } = query;

test('each query is a fact', () => {
  given(readingDecider).when(query).then({ type: 'log.queried', body });
  given(readingDecider, { type: 'log.queried', body }).when(query).then({ type: 'log.queried', body });
  expect([kind, at]).toEqual(['query', query.at]);
});

test.each([
  ['/filter/action', { filter: { ...nothing, action: 'mara@boghandel.example' } }],
  ['/filter/target', { filter: { ...nothing, target: 'x' } }],
  ['/filter/from', { filter: { ...nothing, from: 'yesterday' } }],
  ['/count', { count: -1 }],
])('nothing free is kept of what was asked: %s', (field, change) => {
  expect(given(readingDecider).when({ ...query, ...change }).decision).toMatchObject({
    rejection: { code: 'input.invalid', detail: { field } },
  });
});
