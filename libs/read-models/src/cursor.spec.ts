import { expect, test } from '@jest/globals';
import { BadCursor, decodeCursor, encodeCursor } from './cursor.js';

const query = ['grants', 'a tenant'];
const uuid = '00000000-0000-4000-8000-000000000001';
const time = '2026-03-01T12:00:00.000Z';

test('a place comes back as it was', () => {
  expect(decodeCursor(query, encodeCursor(query, [time, uuid]), ['time', 'uuid'])).toEqual([time, uuid]);
  expect(decodeCursor(query, encodeCursor(query, [7]), ['index'])).toEqual([7]);
});

test.each([
  ['a time the database cannot read', ['tomorrow-ish', uuid]],
  ['a day that does not exist', ['2026-02-31T12:00:00.000Z', uuid]],
  ['a year that does not exist', ['0000-03-01T12:00:00.000Z', uuid]],
  ['a time beyond what the database holds', ['+275760-09-13T00:00:00.000Z', uuid]],
  ['a word that is a time to the database', ['infinity', uuid]],
  ['no UUID', [time, 'x']],
  ['another number of parts', [time]],
  ['a number for a time', [1, uuid]],
])('%s is refused, although the digest is right', (_, place) => {
  const forged = encodeCursor(query, place);
  expect(() => decodeCursor(query, forged, ['time', 'uuid'])).toThrow(BadCursor);
});

test.each([-1, 1.5, 2 ** 53])('%s is no index', (index) => {
  expect(() => decodeCursor(query, encodeCursor(query, [index]), ['index'])).toThrow(BadCursor);
});
