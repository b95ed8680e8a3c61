import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { retentionTerms } from '@candor/domain';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { erasureEnvironment, termsOf } from './erasure-terms.js';
import { termsOf as retentionOf } from './retention-setting.js';

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

describe('a file with a citation for each', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candor-terms-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const parsed = async (content: string, more: object = {}) => {
    const file = join(folder, 'terms.json');
    await writeFile(file, content);
    return schema.safeParse({ CANDOR_RETENTION_FILE: file, ...more });
  };

  test('counts, also against days in words', async () => {
    const content = JSON.stringify({ delivery: { days: 60, citation: 'Our contract, section 4' } });
    const { data } = await parsed(content, { CANDOR_RETENTION_DAYS: 'delivery=90,reading=180' });
    if (data === undefined) throw new Error('it was refused');
    expect(retentionOf(data)).toMatchObject({
      delivery: { days: 60, citation: 'Our contract, section 4', changed: true },
      reading: { days: 180, citation: null, changed: true },
      access: { ...retentionTerms.access, changed: false },
    });
    expect(termsOf(data).retentionDays).toMatchObject({ delivery: 60, reading: 180 });
  });

  test.each([
    '',
    '[]',
    '{"mail":{"days":60,"citation":"x"}}',
    '{"delivery":{"days":0,"citation":"x"}}',
    '{"delivery":{"days":60}}',
    '{"delivery":{"days":60,"citation":""}}',
    '{"delivery":{"days":60,"citation":"x\\ny"}}',
    '{"delivery":{"days":60,"citation":"x","more":1}}',
  ])('is refused with %s', async (content) => {
    const { error } = await parsed(content);
    expect(error?.issues[0]?.message).toContain('must be a file of classes');
  });

  test('is refused where there is none', () => {
    expect(schema.safeParse({ CANDOR_RETENTION_FILE: join(folder, 'none') }).success).toBe(false);
  });
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
