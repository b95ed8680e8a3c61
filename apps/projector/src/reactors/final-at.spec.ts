import { DAY } from '@candor/domain';
import { describe, expect, test } from '@jest/globals';
import { finalAt } from './final-at.js';

const at = '2026-11-20T12:00:00.000Z';
const day = (n: number) => new Date(Date.parse(at) + n * DAY).toISOString();
const began = (n: number) => Date.parse(day(n));
const open = (generation: number) => ({ generation, state: 'enabled', destroyAt: null }) as const;
const planned = (generation: number, on: number, state: 'destroying' | 'destroyed' = 'destroying') => ({
  generation,
  state,
  destroyAt: new Date(day(on)),
});
const plan = { delay: 30 * DAY, generationDays: 90 };

describe('the end of the last generation that wrapped a key', () => {
  test('that is in use: when it is to be retired, and then what the key service takes', () => {
    expect(finalAt([{ g: 1, since: began(-10) }], { ...plan, known: [open(1)] }, at)).toBe(day(80 + 30));
  });

  test('that is overdue: not before what the key service takes from now on', () => {
    expect(finalAt([{ g: 1, since: began(-400) }], { ...plan, known: [open(1), open(2)] }, at)).toBe(day(30));
  });

  test('that is planned to be destroyed: when the key service says', () => {
    const known = [planned(1, 7), open(2)];
    expect(finalAt([{ g: 1, since: began(-10) }], { ...plan, known }, at)).toBe(day(7));
  });

  test('that is destroyed: now', () => {
    const known = [planned(1, -7, 'destroyed'), open(2)];
    expect(finalAt([{ g: 1, since: began(-10) }], { ...plan, known }, at)).toBe(at);
  });

  test('is not before that of an older one, under which backups have the same keys', () => {
    const generations = [
      { g: 1, since: began(-200) },
      { g: 2, since: began(-80) },
    ];
    const known = [planned(1, 60), planned(2, 20)];
    expect(finalAt(generations, { ...plan, known }, at)).toBe(day(60));
  });

  test('is that of one that begins now where another erasure took the keys', () => {
    expect(finalAt([], { ...plan, known: [open(1)] }, at)).toBe(day(90 + 30));
  });
});
