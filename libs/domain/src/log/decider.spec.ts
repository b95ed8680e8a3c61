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
  first: 17,
  last: 880,
};
const { kind, at, ...body } = query;

test('each query is a fact', () => {
  given(readingDecider).when(query).then({ type: 'log.queried', body });
  given(readingDecider, { type: 'log.queried', body }).when(query).then({ type: 'log.queried', body });
  expect([kind, at]).toEqual(['query', query.at]);
});

test('what shows no entries names none', () => {
  const none = { first: null, last: null };
  given(readingDecider)
    .when({ ...query, ...none })
    .then({ type: 'log.queried', body: { ...body, ...none } });
});

test.each([
  ['/filter/action', { filter: { ...nothing, action: 'mara@boghandel.example' } }],
  ['/filter/target', { filter: { ...nothing, target: 'x' } }],
  ['/filter/from', { filter: { ...nothing, from: 'yesterday' } }],
  ['/count', { count: -1 }],
  ['/first', { first: -1 }],
  ['/last', { first: 18, last: 17 }],
  ['/last', { last: null }],
  ['/last', { first: null }],
])('nothing free is kept of what was asked: %s', (field, change) => {
  expect(given(readingDecider).when({ ...query, ...change }).decision).toMatchObject({
    rejection: { code: 'input.invalid', detail: { field } },
  });
});

test('each export is a fact, and names subjects exactly where it is theirs', () => {
  const subjects = ['0f3a2b1c-0000-4000-8000-00000000000a', '0f3a2b1c-0000-4000-8000-00000000000b'];
  const sent = { from: 0, size: 900, count: 40 };
  const record = { kind: 'record-export', at, exported: 'subjects', subjects, ...sent } as const;
  const rejected = { rejection: { code: 'input.invalid', detail: { field: '/subjects' } } };
  given(readingDecider)
    .when(record)
    .then({ type: 'log.exported', body: { kind: 'subjects', subjects, ...sent } });
  for (const change of [{ subjects: [] }, { exported: 'log' }, { subjects: subjects.toReversed() }] as const)
    expect(given(readingDecider).when({ ...record, ...change }).decision).toMatchObject(rejected);
});
