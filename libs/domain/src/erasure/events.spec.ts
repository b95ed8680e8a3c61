import { describe, expect, test } from '@jest/globals';
import { catalogue } from '../catalogue.js';

const id = (n: number): string => `0f3a2b1c-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => id(n));
const problem = (type: string, body: unknown): string | undefined =>
  catalogue.get(type)?.problem(body)?.field;

describe('an order', () => {
  const order = { keys: null, class: null, period: null, rule: 'retention', ground: 'storage-limitation' };

  test.each([
    ['every key of the log', {}],
    ['those of a class', { class: 'delivery' }],
    ['those of a class and a month', { class: 'delivery', period: '2026-01' }],
    ['a thousand named ones', { keys: ids(1_000) }],
  ])('can be for %s', (_, change) => {
    expect(problem('log.erasure-ordered', { ...order, ...change })).toBeUndefined();
  });

  test.each([
    ['more than a thousand', { keys: ids(1_001) }, '/keys'],
    ['none', { keys: [] }, '/keys'],
    ['one twice', { keys: [id(1), id(1)] }, '/keys'],
    ['any order', { keys: [id(2), id(1)] }, '/keys'],
    ['named keys and a class', { keys: [id(1)], class: 'access' }, '/keys'],
    ['named keys and a period', { keys: [id(1)], period: '2026' }, '/keys'],
    ['a class without keys', { class: 'public' }, '/class'],
    ['a day', { period: '2026-01-01' }, '/period'],
  ])('is not for %s', (_, change, field) => {
    expect(problem('log.erasure-ordered', { ...order, ...change })).toBe(field);
  });
});

test('a receipt names each sink once, ascending', () => {
  const sinks = ids(2).map((sink) => ({ sink, state: 'told' }));
  const time = '2026-01-01T00:00:00.000Z';
  const body = { erasure: id(1), rule: 'erasure', orders: [id(2)], keys: 1, entries: 0, sinks };
  const of = (change: object) =>
    problem('log.key-erased', { ...body, ...change, finalAt: time, backupsUntil: time });
  expect(of({})).toBeUndefined();
  expect(of({ sinks: sinks.toReversed() })).toBe('/sinks');
  expect(of({ sinks: [sinks[0], sinks[0]] })).toBe('/sinks');
  expect(of({ orders: ids(1_001) })).toBe('/orders');
});

test('the last checkpoint before a successor is one in its exact form', () => {
  const root = `${'A'.repeat(43)}=`;
  const origin = `candor.example/t/417-${'a'.repeat(52)}`;
  const of = (previous: string) =>
    problem('log.succeeded', { slot: 1, operator: 'x.example', previous, cause: 'restored' });
  expect(of(`${origin}\n12\n${root}\n`)).toBeUndefined();
  for (const wrong of [`${origin}\n12\n${root}`, `${origin}\n012\n${root}\n`, `${origin} x\n12\n${root}\n`])
    expect(of(wrong)).toBe('/previous');
  expect(of(`${origin}\n12\n${'A'.repeat(42)}B=\n`)).toBe('/previous');
});

test('an anchor log has a power of two of slots, 1,024 at least', () => {
  const body = { epoch: 0, time: 1, root: `${'A'.repeat(43)}=`, after: null };
  for (const slots of [1024, 2 ** 32])
    expect(problem('log.epoch-recorded', { ...body, slots })).toBeUndefined();
  for (const slots of [512, 1025, 2 ** 33])
    expect(problem('log.epoch-recorded', { ...body, slots })).toBe('/slots');
});
