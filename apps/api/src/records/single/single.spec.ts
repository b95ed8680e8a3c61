import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { givenTenant, testApp, type TestApp } from '../../spec-kit/app.js';
import { aDelivery, anAcceptance, anAccess } from '../../spec-kit/records.js';

let it: TestApp;
let tenant: string;
beforeAll(async () => {
  it = await testApp();
  tenant = await givenTenant(it);
});
afterAll(() => it.app.close());

const record = (route: 'accesses' | 'deliveries', body: object, headers: Record<string, string> = {}) =>
  it.send({ method: 'POST', url: `/v1/tenants/${tenant}/${route}`, body, headers });

test('a record is stored once, whoever asks how often', async () => {
  const first = await record('accesses', anAccess);
  expect([first.status, first.headers['candor-position']]).toEqual([201, expect.any(String)]);
  const again = await record('accesses', anAccess);
  expect([again.status, again.json, again.headers['candor-position']]).toEqual([
    201,
    first.json,
    first.headers['candor-position'],
  ]);
});

test('one route knows what the other recorded', async () => {
  const single = await record('deliveries', { ...anAcceptance, recordKey: 'both' });
  const bulk = await it.send({
    method: 'POST',
    url: '/v1/records',
    payload: JSON.stringify({ tenant, ...anAcceptance, recordKey: 'both' }),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  expect(bulk.json).toEqual({ line: 1, verdict: 'duplicate', id: single.json['event'] });
});

test('a record that contradicts one is a conflict that names it', async () => {
  const first = await record('accesses', { ...anAccess, recordKey: 'contradicted' });
  const other = await record('accesses', { ...anAccess, recordKey: 'contradicted', operation: 'export' });
  expect([other.status, other.json['code'], other.json['conflictsWith']]).toEqual([
    409,
    'record.conflict',
    first.json['event'],
  ]);
});

test('the end of a delivery under another key has no event of its own', async () => {
  await record('deliveries', { ...anAcceptance, recordKey: 'ended' });
  await record('deliveries', { ...aDelivery, recordKey: 'ended' });
  const again = await record('deliveries', { ...aDelivery, recordKey: 'ended', key: 'other' });
  expect([again.status, again.json]).toEqual([201, { event: null, receipt: null }]);
});

test.each([
  ['accesses', anAcceptance, 'type'],
  ['deliveries', anAccess, 'type'],
  ['accesses', { ...anAccess, level: 'none' }, 'level'],
  ['accesses', { ...anAccess, resource: { kind: 'mailbox', id: 'X' } }, 'resource.id'],
  ['accesses', { ...anAccess, categories: [] }, 'categories'],
  ['accesses', { ...anAccess, occurredAt: 'yesterday' }, 'occurredAt'],
  ['deliveries', { ...anAcceptance, recipient: 'kunde' }, 'recipient'],
  ['deliveries', { ...aDelivery, status: '5.0.0' }, 'status'],
  ['deliveries', { ...anAcceptance, recordKey: 'x'.repeat(513) }, 'recordKey'],
] as const)('%s refuses %j for its %s', async (route, body, path) => {
  const answer = await record(route, body);
  expect([answer.status, answer.json['code']]).toEqual([400, 'request.invalid']);
  expect((answer.json['fields'] as { path: string }[])[0]?.path).toBe(path);
});

test('a time far ahead is refused by the domain', async () => {
  const answer = await record('accesses', {
    ...anAccess,
    recordKey: 'ahead',
    occurredAt: '2999-01-01T00:00:00Z',
  });
  expect([answer.status, answer.json['code']]).toEqual([422, 'time.in-future']);
});
