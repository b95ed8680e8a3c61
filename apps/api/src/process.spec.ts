import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LocalKeyring } from '@candor/crypto';
import { startEventStore, startPostgres, type TestEventStore, type TestPostgres } from '@candor/testing';
import { type ApiProcess, killApis, startApi } from './spec-kit/api-process.js';
import { anAccess } from './spec-kit/records.js';

const KEY = 'candor_operator_of_the_specs';

let postgres: TestPostgres;
let store: TestEventStore;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  [postgres, store, folder] = await Promise.all([
    startPostgres(),
    startEventStore(),
    mkdtemp(join(tmpdir(), 'candor-api-')),
  ]);
  await LocalKeyring.openOrCreate(join(folder, 'keyring.json'));
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  await writeFile(join(folder, 'operator.json'), JSON.stringify({ id: randomUUID(), sha256 }));
  env = {
    EVENTSTORE_URL: store.url,
    CANDOR_DB_API_URL: postgres.apiUrl,
    CANDOR_DB_VAULT_URL: postgres.vaultUrl,
    CANDOR_KEYRING_DIR: folder,
    CANDOR_OPERATOR_KEY_FILE: join(folder, 'operator.json'),
    PORT: '0',
  };
});

afterAll(async () => {
  killApis();
  await Promise.all([store.stop(), postgres.stop(), rm(folder, { recursive: true, force: true })]);
});

const start = (given: Readonly<Record<string, string>> = {}) => startApi({ ...env, ...given });

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
const tenant = { legalName: 'Beispiel GmbH', country: 'DE', role: 'controller', dataRegion: 'eu' };

async function register({ url }: ApiProcess, key: string): Promise<readonly [number, unknown]> {
  const answer = await fetch(`${url}/v1/tenants`, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': key },
    body: JSON.stringify(tenant),
  });
  return [answer.status, await answer.json()];
}

test('a process that is killed leaves what it acknowledged, and another answers the same', async () => {
  const first = await start();
  const ready = await fetch(`${first.url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { status: 'ok', parts: { eventStore: 'ok', database: 'ok', vault: 'ok' } },
  ]);
  const acknowledged = await register(first, 'once');
  expect(acknowledged[0]).toBe(201);
  first.child.kill('SIGKILL');
  await first.exit;
  const second = await start();
  expect(await register(second, 'once')).toEqual(acknowledged);
  const reused = await fetch(`${second.url}/v1/tenants`, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': 'once' },
    body: JSON.stringify({ ...tenant, country: 'FR' }),
  });
  expect(reused.status).toBe(422);
  second.child.kill('SIGTERM');
  expect(await second.exit).toEqual([0, '']);
});

test('asked to end, it answers what is under way, takes nothing new, and ends with 0', async () => {
  const process = await start();
  const [, registered] = await register(process, randomUUID());
  const line = (n: number) =>
    `${JSON.stringify({ tenant: (registered as { tenant: string }).tenant, ...anAccess, recordKey: `end-${n}` })}\n`;
  const verdicts = await new Promise<string>((resolve, reject) => {
    const sent = request(
      `${process.url}/v1/records`,
      { method: 'POST', headers: { ...headers, 'content-type': 'application/x-ndjson' } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.once('data', () => {
          process.child.kill('SIGTERM');
          setTimeout(() => sent.end(line(2)), 300);
        });
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => {
          resolve(text);
        });
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.write(line(1));
  });
  expect(verdicts.trim().split('\n')).toHaveLength(2);
  expect(await process.exit).toEqual([0, '']);
  await expect(fetch(`${process.url}/health/live`)).rejects.toThrow();
});

test.each([
  ['the environment is not complete', { EVENTSTORE_URL: '' }],
  ['the operator key file', { CANDOR_OPERATOR_KEY_FILE: '/nowhere/operator.json' }],
  ['There is no keyring', { CANDOR_KEYRING_DIR: '/nowhere' }],
  ['the database does not answer', { CANDOR_DB_API_URL: 'postgres://x:hunter2@127.0.0.1:1/x' }],
  ['database does not answer', { CANDOR_DB_VAULT_URL: 'postgres://x:hunter2@127.0.0.1:1/x' }],
  ['the event store does not answer', { EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false' }],
  ['this installation is candor.localhost for ever', { CANDOR_OPERATOR: 'other.example' }],
])(
  'one sentence and exit code 1: %s',
  async (sentence, wrong) => {
    const { exit } = await start(wrong);
    const [code, said] = await exit;
    expect(code).toBe(1);
    expect(said).toContain(sentence);
    expect(said.trim().split('\n')).toHaveLength(1);
    expect(said).not.toMatch(/hunter2|\bat .*:\d+:\d+/);
  },
  60_000,
);

test('another store than the one the database belongs to', async () => {
  const other = await startEventStore();
  const { exit } = await start({ EVENTSTORE_URL: other.url });
  const [code, said] = await exit;
  await other.stop();
  expect([code, said]).toEqual([
    1,
    expect.stringMatching(/^candor api: the event store is empty, but this database/),
  ]);
});

test('a port in use', async () => {
  const first = await start();
  const { exit } = await start({ PORT: new URL(first.url).port });
  expect(await exit).toEqual([1, 'candor api: the port is in use\n']);
  first.child.kill('SIGTERM');
  await first.exit;
});
