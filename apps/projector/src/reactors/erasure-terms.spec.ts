import { retentionTerms } from '@candor/domain';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { erasureEnvironment, termsOf } from './erasure-terms.js';

const schema = z.object(erasureEnvironment);

test('terms are those of the classes where nothing else is set', () => {
  const { retentionDays, ...others } = termsOf(schema.parse({}));
  expect(retentionDays).toEqual(
    Object.fromEntries(Object.entries(retentionTerms).map(([name, { days }]) => [name, days])),
  );
  expect(others).toEqual({ backupDays: 30, generationDays: 90, sinkHours: 168 });
});

test('an installation sets its own', () => {
  const { retentionDays } = termsOf(schema.parse({ CANDOR_RETENTION_DAYS: 'delivery=90, reading=180' }));
  expect(retentionDays).toMatchObject({ delivery: 90, reading: 180, access: retentionTerms.access.days });
});

test.each([
  'delivery',
  'delivery=',
  'delivery=0',
  'delivery=1e3',
  'delivery=99999',
  'public=3',
  '__proto__=3',
])('%s is no term', (text) => {
  expect(schema.safeParse({ CANDOR_RETENTION_DAYS: text }).success).toBe(false);
});
