import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryLog, VaultUnavailable } from '@candor/event-store';
import { MemoryVault } from '@candor/vault';
import { givenTenant, testApp, type TestApp } from '../spec-kit/app.js';
import { EmptyViews } from '../spec-kit/empty-views.js';
import { FaultyLog } from '../spec-kit/faulty-log.js';
import { anAccess } from '../spec-kit/records.js';
import { Problem } from './problem/problem.js';

class FaultyVault extends MemoryVault {
  away = false;
  override dataKeys(...args: Parameters<MemoryVault['dataKeys']>) {
    if (this.away) return Promise.reject(new VaultUnavailable('told to be away'));
    return super.dataKeys(...args);
  }
}

const log = new FaultyLog(new MemoryLog());
const vault = new FaultyVault();
const views = new EmptyViews();
const requests = { remember: (all: readonly unknown[]) => Promise.resolve(all.map(() => 'new' as const)) };
let it: TestApp;
let tenant: string;
beforeAll(async () => {
  it = await testApp({ log, vault, views, requests });
  tenant = await givenTenant(it);
});
afterAll(() => it.app.close());

const invite = () =>
  it.send({
    method: 'POST',
    url: `/v1/tenants/${tenant}/members`,
    body: { address: 'a@b.example', role: 'owner' },
  });
const report = () =>
  it.send({
    method: 'POST',
    url: '/v1/records',
    payload: [1, 2, 3].map((n) => JSON.stringify({ tenant, ...anAccess, recordKey: `away-${n}` })).join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
const codes = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly code?: string }).code);

const refused = (code: string) => ({ status: 503, headers: { 'retry-after': '2' }, json: { code } });
const databaseAway = () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));

describe('what is away is a 503 that says when to come back', () => {
  test('the event store, for a new process', async () => {
    const fresh = await testApp({ ...it.parts });
    log.away = true;
    try {
      const answer = await fresh.send({ method: 'GET', url: `/v1/tenants/${tenant}/history` });
      expect(answer).toMatchObject(refused('store.unavailable'));
    } finally {
      log.away = false;
      await fresh.app.close();
    }
  });

  test('the vault', async () => {
    vault.away = true;
    try {
      expect(await invite()).toMatchObject(refused('vault.unavailable'));
    } finally {
      vault.away = false;
    }
    expect((await invite()).status).toBe(201);
  });

  test('the database, for a write and for a read', async () => {
    const database = await testApp({
      ...it.parts,
      requests: { remember: databaseAway },
      views: Object.assign(new EmptyViews(), { auditLog: databaseAway }),
    });
    const write = await database.send({
      method: 'POST',
      url: `/v1/tenants/${tenant}/members`,
      body: { address: 'x@y.example', role: 'owner' },
    });
    expect(write).toMatchObject(refused('database.unavailable'));
    const read = await database.send({ method: 'GET', url: `/v1/tenants/${tenant}/audit-log` });
    expect(read).toMatchObject(refused('database.unavailable'));
    await database.app.close();
  });

  test.each(['view.behind', 'view.failed'] as const)('a view: %s', async (code) => {
    const behind = await testApp({
      ...it.parts,
      views: Object.assign(new EmptyViews(), { ready: () => Promise.reject(Problem.of(code)) }),
    });
    const answer = await behind.send({ method: 'GET', url: `/v1/tenants/${tenant}/audit-log` });
    expect(answer).toMatchObject(refused(code));
    await behind.app.close();
  });
});

describe('bulk', () => {
  test('the vault: every line is told, and the same body goes through later', async () => {
    vault.away = true;
    try {
      expect(codes((await report()).text)).toEqual(Array(3).fill('vault.unavailable'));
    } finally {
      vault.away = false;
    }
    expect(codes((await report()).text)).toEqual([undefined, undefined, undefined]);
  });

  test('the event store, in the middle: lines are told, the stream is not broken', async () => {
    log.away = true;
    try {
      const answer = await report();
      expect([answer.status, ...codes(answer.text)]).toEqual([
        200,
        ...Array<string>(3).fill('store.unavailable'),
      ]);
    } finally {
      log.away = false;
    }
  });
});

test('a reading that cannot be recorded is not answered', async () => {
  log.deafTo = 'reading-';
  try {
    const answer = await it.send({ method: 'GET', url: `/v1/tenants/${tenant}/audit-log` });
    expect(answer.status).toBe(503);
    expect(answer.json['entries']).toBeUndefined();
  } finally {
    log.deafTo = undefined;
  }
});

test('a fault is a 500 with a reference under which it is logged, and nothing else', async () => {
  const lines: string[] = [];
  const { pino } = await import('pino');
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  const faulty = await testApp({
    ...it.parts,
    logger,
    views: Object.assign(new EmptyViews(), {
      history: () => Promise.reject(new TypeError('secret of ours')),
    }),
  });
  const answer = await faulty.send({ method: 'GET', url: `/v1/tenants/${tenant}/history` });
  expect([answer.status, answer.json['code']]).toEqual([500, 'internal.fault']);
  expect(answer.text).not.toContain('secret');
  const reference = String(answer.json['instance']).replace('urn:uuid:', '');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ reference, err: { message: 'secret of ours' } });
  await faulty.app.close();
});
