import { expect, test } from '@jest/globals';
import { anAccess } from '../../spec-kit/records.js';
import { readRecord } from './read-line.js';

test('a record of nothing but wrong names is answered with the first of them', () => {
  const wrong = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`wrong${n}`, n]));
  const reading = readRecord({ ...anAccess, ...wrong });
  expect(reading).toMatchObject({ ok: false, code: 'request.unknown-field' });
  expect(reading.ok ? [] : reading.fields.map(({ path }) => path)).toEqual(
    Array.from({ length: 32 }, (_, n) => `wrong${n}`),
  );
});
