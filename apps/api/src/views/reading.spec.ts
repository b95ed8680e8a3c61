import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  announce,
  createPool,
  decodeBatchEvent,
  type Pool,
  ViewListener,
  views as definitions,
} from '@candor/read-models';
import { project, startPostgres, type TestPostgres } from '@candor/testing';
import { givenTenant, OPERATOR_ID, testApp, type TestApp } from '../spec-kit/app.js';
import { aDelivery, anAcceptance, anAccess } from '../spec-kit/records.js';
import { PgViews } from './pg-views.js';

let postgres: TestPostgres;
let projector: Pool;
let reader: Pool;
let listener: ViewListener;
let it: TestApp;
let tenant: string;
let next = 0n;

beforeAll(async () => {
  postgres = await startPostgres();
  projector = createPool(postgres.projectorUrl);
  reader = createPool(postgres.apiUrl);
  listener = await ViewListener.start(postgres.apiUrl);
  it = await testApp({ views: new PgViews(reader, listener) });
});
afterAll(async () => {
  await it.app.close();
  await listener.close();
  await Promise.all([projector.end(), reader.end()]);
  await postgres.stop();
});

/** Brings every view level with the log, as the projector would. */
async function level(): Promise<void> {
  const events = [];
  for await (const stored of it.log.readAll({ from: next })) events.push(decodeBatchEvent(stored));
  next = (events.at(-1)?.position ?? next) + 1n;
  for (const { into, name } of definitions) await project(projector, into(name), events);
  const standings = definitions.map(({ name }) => ({
    view: name,
    position: next - 1n,
    state: 'live' as const,
  }));
  await announce(projector, standings);
}

beforeEach(async () => {
  tenant = await givenTenant(it);
});

const post = (path: string, body: object) =>
  it.send({ method: 'POST', url: `/v1/tenants/${tenant}${path}`, body });
const get = async (path: string, of = tenant) => it.send({ method: 'GET', url: `/v1/tenants/${of}${path}` });

interface Entry {
  readonly index: number;
  readonly id: string;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}
const entriesOf = (json: Readonly<Record<string, unknown>>) => json['entries'] as readonly Entry[];

describe('the audit log', () => {
  test('shows everything in order, opened, and each reading of it as an entry', async () => {
    await post('/members', { address: 'anna@example.org', role: 'owner', name: 'Anna' });
    await post('/accesses', anAccess);
    await level();
    const first = await get('/audit-log?order=oldest');
    expect(first.json['size']).toBe(3);
    expect(entriesOf(first.json).map(({ index, type }) => [index, type])).toEqual([
      [0, 'tenant.registered'],
      [1, 'tenant.member-invited'],
      [2, 'access.data-accessed'],
    ]);
    expect(entriesOf(first.json)[1]?.body).toMatchObject({ address: 'anna@example.org', name: 'Anna' });
    await level();
    const second = await get('/audit-log?limit=1');
    expect(entriesOf(second.json)[0]).toMatchObject({
      index: 3,
      type: 'log.queried',
      actor: { kind: 'service', id: OPERATOR_ID },
      authorization: { permission: 'log.read' },
      body: { view: 'audit-log', count: 3, size: 3, first: 0, last: 2 },
    });
  });

  test('goes on where a page ended, both ways, and a cursor belongs to its query', async () => {
    for (const n of [1, 2, 3, 4]) await post('/accesses', { ...anAccess, recordKey: `page-${n}` });
    await level();
    for (const order of ['newest', 'oldest']) {
      const seen: number[] = [];
      let cursor = '';
      do {
        const { json } = await get(`/audit-log?order=${order}&limit=2&to=2999-01-01T00:00:00Z${cursor}`);
        seen.push(...entriesOf(json).map(({ index }) => index));
        cursor = typeof json['next'] === 'string' ? `&cursor=${json['next']}` : '';
      } while (cursor !== '');
      expect(seen).toEqual(order === 'oldest' ? [0, 1, 2, 3, 4] : [4, 3, 2, 1, 0]);
    }
    const { next: cursor } = (await get('/audit-log?limit=2')).json;
    const foreign = await get(`/audit-log?limit=2&order=oldest&cursor=${String(cursor)}`);
    expect([foreign.status, foreign.json['code']]).toEqual([400, 'cursor.invalid']);
  });

  test('is searched by actor, action, target, outcome and time', async () => {
    await post('/accesses', { ...anAccess, recordKey: 'found', outcome: 'refused' });
    await post('/members', { address: 'anna@example.org', role: 'owner' });
    await level();
    const found = async (query: string) =>
      entriesOf((await get(`/audit-log?${query}`)).json).map(({ type }) => type);
    expect(await found(`actor=${anAccess.actor.id}`)).toEqual(['access.data-accessed']);
    expect(await found('action=tenant.*')).toEqual(['tenant.member-invited', 'tenant.registered']);
    expect(await found('action=tenant.')).toEqual(['tenant.member-invited', 'tenant.registered']);
    expect(await found('action=tenant.registered')).toEqual(['tenant.registered']);
    expect(await found(`target=${anAccess.resource.id}`)).toEqual(['access.data-accessed']);
    expect(await found('outcome=refused')).toEqual(['access.data-accessed']);
    expect(await found('to=2020-01-01T00:00:00Z')).toEqual([]);
  });
});

test('one entry is found by its id, in its own tenant alone', async () => {
  const { json } = await post('/accesses', anAccess);
  const id = String(json['event']);
  await level();
  expect((await get(`/audit-log/${id}`)).json).toMatchObject({ entry: { id, type: 'access.data-accessed' } });
  await level();
  const [reading] = entriesOf((await get('/audit-log')).json);
  expect(reading).toMatchObject({ body: { view: 'entry', count: 1, first: 1, last: 1 } });
  const other = await givenTenant(it);
  await level();
  const foreign = await get(`/audit-log/${id}`, other);
  expect([foreign.status, foreign.json['code']]).toEqual([404, 'entry.unknown']);
  await level();
  const { entries } = (await get('/audit-log', other)).json;
  expect(entries).toMatchObject([
    { type: 'log.queried', body: { view: 'entry', count: 0, first: null, last: null } },
    { index: 0 },
  ]);
});

test('history, grants, deliveries and tenants answer what happened', async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const grantee = { kind: 'employee', id: anAccess.actor.id, name: 'Erika Beispiel' };
  const scope = { kind: 'account' };
  const reason = { code: 'CUSTOMER_INITIATED_SUPPORT' };
  const given = await post('/grants', { grantee, level: 'operate', scope, until, statement: 'why', reason });
  await post('/deliveries', anAcceptance);
  const { json: delivered } = await post('/deliveries', aDelivery);
  await post('/members', { address: 'anna@example.org', role: 'owner', name: 'Anna' });
  await level();
  expect((await get('/history')).json).toMatchObject({
    entries: [{ type: 'tenant.member-invited' }, { type: 'tenant.registered' }],
  });
  expect((await get('/grants')).json).toMatchObject({
    grants: [
      { grant: given.json['grant'], state: 'active', statement: 'why', grantee: { name: 'Erika Beispiel' } },
    ],
  });
  expect((await get('/grants?state=revoked')).json).toMatchObject({ grants: [] });
  const entry = await get(`/audit-log/${String(delivered['event'])}`);
  const { messageId } = (entry.json['entry'] as Entry).body;
  expect((await get(`/deliveries/${String(messageId)}`)).json).toMatchObject({
    messageId,
    deliveries: [
      { state: 'delivered', status: '2.0.0', events: [{ body: { address: 'kunde@example.net' } }, {}] },
    ],
  });
  expect((await get('')).json).toMatchObject({
    tenant,
    legalName: 'Beispiel GmbH',
    members: [{ address: 'anna@example.org', name: 'Anna', role: 'owner', active: true }],
  });
  const list = await it.send({ method: 'GET', url: '/v1/tenants?limit=200' });
  expect((list.json['tenants'] as { tenant: string }[]).map((one) => one.tenant)).toContain(tenant);
});

test('a read that waits for a position its view never reaches is refused, not answered with old data', async () => {
  const { headers } = await post('/accesses', anAccess);
  const answer = await get(`/audit-log?after=${String(headers['candor-position'])}`);
  expect([answer.status, answer.json['code'], answer.headers['retry-after']]).toEqual([
    503,
    'view.behind',
    '2',
  ]);
});

test('of two views nothing is counted while nobody knows how far they are', async () => {
  const known = new Map([['erasures_v1', { position: 7n, state: 'live' }]]);
  const told = new EventEmitter();
  const views = new PgViews(reader, {
    standing: (view: string) => known.get(view),
    changed: (signal: AbortSignal) => once(told, 'news', { signal }).catch(() => undefined),
  } as unknown as ViewListener);
  const levelled = views.level('erasures', 'audit-log').then(() => 'level');
  expect(await Promise.race([levelled, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe(
    'waits',
  );
  known.set('audit_log_v1', { position: 7n, state: 'live' });
  told.emit('news');
  expect(await levelled).toBe('level');
});
