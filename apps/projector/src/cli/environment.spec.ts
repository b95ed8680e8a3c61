import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadLocalEnvironment } from './environment.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-environment-'));
  await mkdir(join(folder, 'secrets'));
  await writeFile(
    join(folder, 'secrets', 'environment'),
    'EVENTSTORE_URL="esdb://there"\nLOG_LEVEL="info"\n',
  );
});
afterEach(() => rm(folder, { recursive: true }));

test('settings are those of the data folder that is named, and what is set stays', () => {
  const environment: NodeJS.ProcessEnv = { CANDOR_DATA_DIR: folder, LOG_LEVEL: 'debug' };
  loadLocalEnvironment(environment);
  expect(environment).toMatchObject({ EVENTSTORE_URL: 'esdb://there', LOG_LEVEL: 'debug' });
});

test('whoever names a store is left alone', () => {
  const environment: NodeJS.ProcessEnv = { CANDOR_DATA_DIR: folder, EVENTSTORE_URL: 'esdb://here' };
  loadLocalEnvironment(environment);
  expect(environment).toEqual({ CANDOR_DATA_DIR: folder, EVENTSTORE_URL: 'esdb://here' });
});

test('the script loads no folder of its own before it, which would win over the one that is named', async () => {
  const root = join(import.meta.dirname, '../../../../package.json');
  const { scripts } = JSON.parse(await readFile(root, 'utf8')) as { scripts: Record<string, string> };
  expect(scripts['projector']).not.toContain('--env-file');
});
