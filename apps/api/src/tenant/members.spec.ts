import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { givenTenant, testApp, type TestApp } from '../spec-kit/app.js';

let it: TestApp;
let tenant: string;
beforeAll(async () => {
  it = await testApp();
});
beforeEach(async () => {
  tenant = await givenTenant(it);
});
afterAll(() => it.app.close());

const invite = (body: object) => it.send({ method: 'POST', url: `/v1/tenants/${tenant}/members`, body });
const setRole = (user: unknown, role: string) =>
  it.send({ method: 'PATCH', url: `/v1/tenants/${tenant}/members/${String(user)}`, body: { role } });
const deactivate = (user: unknown) =>
  it.send({ method: 'POST', url: `/v1/tenants/${tenant}/members/${String(user)}/deactivation` });

test('an address is one user, however it is written, and one living membership', async () => {
  const first = await invite({ address: 'Anna@Example.org', role: 'owner', name: 'Anna' });
  expect([first.status, first.json['events']]).toMatchObject([201, [{ type: 'tenant.member-invited' }]]);
  const again = await invite({ address: ' anna@EXAMPLE.ORG', role: 'viewer' });
  expect([again.status, again.json['code']]).toEqual([409, 'member.already-active']);
  expect(again.json['info']).toEqual({ user: first.json['user'] });
});

test('the same address is another user in another tenant', async () => {
  const here = await invite({ address: 'anna@example.org', role: 'owner' });
  tenant = await givenTenant(it);
  const there = await invite({ address: 'anna@example.org', role: 'owner' });
  expect(there.json['user']).not.toBe(here.json['user']);
});

test('roles change, but not the last owner’s', async () => {
  const owner = (await invite({ address: 'o@example.org', role: 'owner' })).json['user'];
  const member = (await invite({ address: 'm@example.org', role: 'member' })).json['user'];
  expect((await setRole(owner, 'viewer')).json['code']).toBe('member.last-owner');
  expect((await deactivate(owner)).json['code']).toBe('member.last-owner');
  expect((await setRole(member, 'owner')).json['events']).toMatchObject([
    { type: 'tenant.member-role-changed' },
  ]);
  expect((await setRole(member, 'owner')).json['events']).toEqual([]);
  expect((await deactivate(owner)).json['events']).toMatchObject([{ type: 'tenant.member-deactivated' }]);
  expect((await deactivate(owner)).json['code']).toBe('member.not-active');
  expect((await invite({ address: 'o@example.org', role: 'viewer' })).json['user']).toBe(owner);
});

test('nobody who was never invited is changed', async () => {
  const answer = await setRole('77777777-7777-4777-8777-777777777777', 'admin');
  expect([answer.status, answer.json['code']]).toEqual([404, 'member.unknown']);
});

test.each([
  [{}, ['address', 'role']],
  [{ address: 'nobody', role: 'owner' }, ['address']],
  [{ address: 'a@b.example', role: 'emperor' }, ['role']],
  [{ address: 'a@b.example', role: 'owner', name: 'x'.repeat(513) }, ['name']],
  [{ address: 'a@b.example', role: 'owner', name: 'two\nlines' }, ['name']],
  [{ address: 'a@b.example', role: 'owner', reason: { code: 'with space' } }, ['reason.code']],
])('%j is refused for %j', async (body, paths) => {
  const answer = await invite(body);
  expect([answer.status, answer.json['code']]).toEqual([400, 'request.invalid']);
  expect((answer.json['fields'] as { path: string }[]).map(({ path }) => path).sort()).toEqual(paths);
});

test('a name of 512 characters of any plane fits', async () => {
  expect((await invite({ address: 'emoji@b.example', role: 'owner', name: '😀'.repeat(512) })).status).toBe(
    201,
  );
});
