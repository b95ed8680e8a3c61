import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Codec, decodeEntry } from '@candor/event-store';
import { givenTenant, OPERATOR_ID, testApp, type TestApp } from '../spec-kit/app.js';

let it: TestApp;
let tenant: string;
beforeAll(async () => {
  it = await testApp();
  tenant = await givenTenant(it);
});
afterAll(() => it.app.close());

const soon = () => new Date(Date.now() + 3_600_000).toISOString();
const aGrant = () => ({
  grantee: { kind: 'employee', id: '55555555-5555-4555-8555-555555555555', name: 'Erika Beispiel' },
  level: 'view-content',
  scope: { kind: 'mailbox', id: '66666666-6666-4666-8666-666666666666' },
  until: soon(),
  statement: 'Zeile eins\nZeile zwei',
  reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: 'T-17' },
});
const give = (body: object, headers: Record<string, string> = {}, at = tenant) =>
  it.send({ method: 'POST', url: `/v1/tenants/${at}/grants`, body, headers });
const revoke = (grant: unknown, headers: Record<string, string> = {}, at = tenant) =>
  it.send({ method: 'POST', url: `/v1/tenants/${at}/grants/${String(grant)}/revocation`, headers });

test('a grant is requested, approved and activated in one, by whoever gives it, with its reason', async () => {
  const headers = { 'candor-on-behalf-of': '88888888-8888-4888-8888-888888888888' };
  const given = await give(aGrant(), headers);
  expect([given.status, given.json['events']]).toMatchObject([
    201,
    [
      { type: 'access.grant-requested' },
      { type: 'access.grant-approved' },
      { type: 'access.grant-activated' },
    ],
  ]);
  for await (const stored of it.log.readStream(`grant-${String(given.json['grant'])}`)) {
    const [recorded] = await new Codec(it.vault).open([decodeEntry(stored)], 'verified');
    expect(recorded?.context).toMatchObject({
      log: tenant,
      actor: { kind: 'service', id: OPERATOR_ID, onBehalfOf: '88888888-8888-4888-8888-888888888888' },
      authorization: { permission: 'grant.give' },
      reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: 'T-17' },
    });
  }
});

test('sent again with its key it is the same grant; with another key another', async () => {
  const body = aGrant();
  const headers = { 'idempotency-key': 'grant-once' };
  const first = await give(body, headers);
  const again = await give(body, headers);
  expect([again.status, again.json]).toEqual([201, first.json]);
  expect((await give(body)).json['grant']).not.toBe(first.json['grant']);
});

describe('a grant to a user', () => {
  const toUser = (id: unknown, headers: Record<string, string> = {}, at = tenant) =>
    give({ ...aGrant(), grantee: { kind: 'user', id } }, headers, at);
  const member = async (address: string, at = tenant): Promise<string> => {
    const body = { address, role: 'member' };
    const { json } = await it.send({ method: 'POST', url: `/v1/tenants/${at}/members`, body });
    return String(json['user']);
  };
  const deactivate = (user: string) =>
    it.send({ method: 'POST', url: `/v1/tenants/${tenant}/members/${user}/deactivation` });
  const refused = [422, 'grant.unknown-grantee'];

  test('is for members of the tenant', async () => {
    const user = await member('anna@example.org');
    const foreign = await member('anna@example.org', await givenTenant(it));
    expect((await toUser(user)).status).toBe(201);
    for (const id of [foreign, '99999999-9999-4999-8999-999999999999']) {
      const { status, json } = await toUser(id);
      expect([status, json['code']]).toEqual(refused);
      expect(json['info']).toEqual({ field: 'grantee.id' });
    }
    const external = { ...aGrant(), grantee: { kind: 'external', id: foreign } };
    expect((await give(external)).status).toBe(201);
  });

  test('is refused once the member is none, and taken again when it is invited again', async () => {
    const owner = await member('owner@example.org');
    const user = await member('berta@example.org');
    await it.send({
      method: 'PATCH',
      url: `/v1/tenants/${tenant}/members/${user}`,
      body: { role: 'viewer' },
    });
    const headers = { 'idempotency-key': 'grant-before' };
    const body = { ...aGrant(), grantee: { kind: 'user', id: user } };
    const first = await give(body, headers);
    expect((await deactivate(user)).status).toBe(200);
    const { status, json } = await toUser(user);
    expect([status, json['code']]).toEqual(refused);
    // What was granted before is answered as it was.
    expect(await give(body, headers)).toMatchObject({ status: 201, json: first.json });
    await member('berta@example.org');
    expect((await toUser(user)).status).toBe(201);
    expect((await toUser(owner)).status).toBe(201);
  });
});

describe('a revocation', () => {
  test('says until when the last permit can be used, the same when it is sent again', async () => {
    const { grant } = (await give(aGrant())).json;
    const headers = { 'idempotency-key': 'revoke-once' };
    const first = await revoke(grant, headers);
    expect(first.status).toBe(200);
    expect(Date.parse(String(first.json['lastUseBy'])) - Date.now()).toBeGreaterThan(30_000);
    expect((await revoke(grant, headers)).json).toEqual(first.json);
    expect((await revoke(grant)).json['code']).toBe('grant.already-revoked');
  });

  test('of a grant that is not there, and of another tenant’s, is refused alike', async () => {
    const { grant } = (await give(aGrant())).json;
    const other = await givenTenant(it);
    const foreign = await revoke(grant, {}, other);
    const none = await revoke('99999999-9999-4999-8999-999999999999', {}, other);
    expect([foreign.status, foreign.json]).toEqual([404, none.json]);
    expect(none.json['code']).toBe('grant.unknown');
    expect((await revoke(grant)).status).toBe(200);
  });
});

test('without a reason the answer names the field', async () => {
  const none = await give({ ...aGrant(), reason: undefined });
  expect([none.json['code'], none.json['fields']]).toMatchObject(['request.invalid', [{ path: 'reason' }]]);
  const codeless = await give({ ...aGrant(), reason: { ticket: 'T-17' } });
  expect(codeless.json['fields']).toMatchObject([{ path: 'reason.code' }]);
});

test.each([
  ['reason', { reason: null }, 400],
  ['reason', { reason: undefined }, 400],
  ['reason.code', { reason: {} }, 400],
  ['reason.code', { reason: { code: null, ticket: 'T-17' } }, 400],
  ['reason.code', { reason: { code: 'because I may' } }, 400],
  ['level', { level: 'none' }, 400],
  ['scope', { scope: { kind: 'mailbox' } }, 422],
  ['scope', { scope: { kind: 'account', id: '66666666-6666-4666-8666-666666666666' } }, 422],
  ['until', { until: '2020-01-01T00:00:00Z' }, 422],
  ['from', { from: '2020-01-01T00:00:00Z' }, 422],
  ['grantee', { grantee: 'Erika' }, 400],
  ['grantee.id', { grantee: { kind: 'employee', id: 'Erika' } }, 400],
  ['statement', { statement: 'x'.repeat(2_001) }, 400],
])('a wrong %s is refused: %j', async (_, change, status) => {
  expect((await give({ ...aGrant(), ...change })).status).toBe(status);
});
