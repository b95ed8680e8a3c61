import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectEventStore, type EventLog } from '@candor/event-store';
import {
  type FakeKms,
  startEventStore,
  startFakeKms,
  startPostgres,
  type TestEventStore,
  type TestPostgres,
} from '@candor/testing';
import { type ApiProcess, killApis, startApi } from './spec-kit/api-process.js';
import { anAccess } from './spec-kit/records.js';

const KEY = 'candor_operator_of_the_specs';
const ADDRESS = 'erika.beispiel@example.org';

let postgres: TestPostgres;
let store: TestEventStore;
let kms: FakeKms;
let log: EventLog;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  [postgres, store, kms, folder] = await Promise.all([
    startPostgres(),
    startEventStore(),
    startFakeKms(),
    mkdtemp(join(tmpdir(), 'candor-kms-')),
  ]);
  log = connectEventStore(store.url);
  const operator = join(folder, 'operator.json');
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  await writeFile(operator, JSON.stringify({ id: randomUUID(), sha256 }));
  env = {
    EVENTSTORE_URL: store.url,
    CANDOR_DB_API_URL: postgres.apiUrl,
    CANDOR_DB_VAULT_URL: postgres.vaultUrl,
    CANDOR_OPERATOR_KEY_FILE: operator,
    KMS_KEY_RING: kms.newRing(),
    KMS_ENDPOINT: kms.endpoint,
    PORT: '0',
  };
});

afterAll(async () => {
  killApis();
  kms.down();
  await log.close();
  await Promise.all([store.stop(), postgres.stop(), rm(folder, { recursive: true, force: true })]);
});

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

async function post(api: ApiProcess, path: string, body: object, key: string): Promise<Answer> {
  const ndjson = path === '/v1/records';
  const answer = await fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${KEY}`,
      'content-type': ndjson ? 'application/x-ndjson' : 'application/json',
      ...(ndjson ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  });
  const retryAfter = answer.headers.get('retry-after');
  return { status: answer.status, retryAfter, text: await answer.text() };
}

const register = (api: ApiProcess, key: string) =>
  post(
    api,
    '/v1/tenants',
    { legalName: 'Beispiel GmbH', country: 'DE', role: 'controller', dataRegion: 'eu' },
    key,
  );
const invite = (api: ApiProcess, tenant: string) =>
  post(api, `/v1/tenants/${tenant}/members`, { address: ADDRESS, role: 'owner' }, 'invite');
const report = (api: ApiProcess, tenant: string) =>
  post(api, '/v1/records', { tenant, ...anAccess, recordKey: 'away' }, '');

async function stored(): Promise<readonly string[]> {
  const events: string[] = [];
  for await (const { data, metadata } of log.readAll({})) {
    events.push(`${Buffer.from(data).toString()}${Buffer.from(metadata).toString()}`);
  }
  return events;
}

test('while the key service is away, what has to be sealed is a 503 and stores nothing; then it passes', async () => {
  const first = await startApi(env);
  const registered = await register(first, 'first');
  expect(registered.status).toBe(201);
  const { tenant } = JSON.parse(registered.text) as { readonly tenant: string };
  first.child.kill('SIGTERM');
  expect(await first.exit).toEqual([0, '']);

  // It has opened the platform's keys, and none of the tenant's.
  const api = await startApi(env);
  const before = await stored();
  kms.down();
  const refused = { status: 503, retryAfter: '2', text: expect.stringContaining('"vault.unavailable"') };
  const answers = await Promise.all([invite(api, tenant), register(api, 'second'), report(api, tenant)]);
  expect(answers.slice(0, 2)).toEqual([refused, refused]);
  expect(answers[2]).toMatchObject({ status: 200, text: refused.text });
  expect(await stored()).toEqual(before);

  await kms.up();
  const until = performance.now() + 120_000;
  let again = await invite(api, tenant);
  while (again.status === 503 && performance.now() < until) again = await invite(api, tenant);
  expect(again.status).toBe(201);
  expect((await register(api, 'second')).status).toBe(201);
  expect((await report(api, tenant)).text).toContain('"accepted"');

  const events = await stored();
  expect(events.length).toBeGreaterThan(before.length + 2);
  api.child.kill('SIGTERM');
  expect(await api.exit).toEqual([0, '']);
  for (const text of [...events, ...first.lines, ...api.lines]) {
    expect(text).not.toMatch(/erika|a ticket asked/i);
  }
});

test('a process that starts without the key service says so in one sentence', async () => {
  kms.down();
  const { exit } = await startApi(env);
  const [code, said] = await exit;
  expect([code, said]).toEqual([
    1,
    expect.stringMatching(/^candor api: Cloud KMS does not answer \w+ \(.*\)\n$/),
  ]);
  await kms.up();
});

test('another key ring than the vault was made with is refused at the start', async () => {
  const { exit } = await startApi({ ...env, KMS_KEY_RING: kms.newRing() });
  const [code, said] = await exit;
  expect([code, said]).toEqual([1, expect.stringContaining('does not open')]);
});
