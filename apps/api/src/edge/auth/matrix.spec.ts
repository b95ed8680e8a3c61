import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GoodRequest, everyRoute, type EveryRoute } from '../../spec-kit/every-route.js';
import { OPERATOR_ID, OPERATOR_KEY } from '../../spec-kit/app.js';
import { ProvenApp } from '../../spec-kit/proven-app.js';
import { firstOf } from './authenticator.js';
import { type Permission, permissions } from './permissions.js';
import type { Principal } from './principal.js';
import { type DeclaredRoute, declaredRoutes } from './route-check.js';
import { SinkAuthenticator } from './sink-authenticator.js';

/** By their tokens. */
const principals = new Map<string, Principal>();
let house: ProvenApp;
let scene: EveryRoute;
let demands: ReadonlyMap<string, Exclude<DeclaredRoute['access'], 'open' | undefined>>;
beforeAll(async () => {
  const operator = { kind: 'service', id: OPERATOR_ID, tenant: null, permissions: 'all' } as const;
  principals.set(OPERATOR_KEY, operator);
  const known = { authenticate: ({ token }: { token: string }) => Promise.resolve(principals.get(token)) };
  const sinks = {
    authenticate: (...given: Parameters<SinkAuthenticator['authenticate']>) =>
      new SinkAuthenticator(house.store, house.it.parts.platform.sinks).authenticate(...given),
  };
  house = await ProvenApp.start(undefined, { authenticator: firstOf(known, sinks) });
  scene = await everyRoute(house);
  demands = new Map(
    declaredRoutes(house.it.app).flatMap(({ method, path, access }) =>
      access === 'open' || access === undefined ? [] : [[`${method} ${path}`, access] as const],
    ),
  );
});
afterAll(() => house.stop());

const demandOf = ({ route }: GoodRequest) => {
  const demand = demands.get(route);
  if (demand === undefined) throw new Error(`no such route: ${route}`);
  return demand;
};

/** Somebody who may do this and nothing else. */
function somebody(tenant: string | null, may: Principal['permissions']): string {
  const token = `somebody-${randomUUID()}`;
  principals.set(token, { kind: 'service', id: randomUUID(), tenant, permissions: may });
  return token;
}

const without = (one: Permission) => new Set(permissions.filter((permission) => permission !== one));

async function sendAs(token: string, { request }: GoodRequest) {
  const answer = await house.it.send({
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${token}` },
  });
  return answer.status === 200 && answer.headers['content-type'] === 'application/x-ndjson'
    ? answer.text
    : [answer.status, answer.json['code']];
}

async function stored(): Promise<number> {
  const ids = [];
  for await (const { id } of house.store.readAll()) ids.push(id);
  return ids.length;
}

test('somebody of another tenant learns nothing and does nothing, whatever he may do in his own', async () => {
  const before = await stored();
  const stranger = somebody((await everyRoute(house)).tenant, 'all');
  const begun = await stored();
  for (const good of scene.requests) {
    const expected = {
      tenant: [404, 'tenant.unknown'],
      platform: [403, 'auth.forbidden'],
      lines: expect.stringContaining('"code":"tenant.unknown"'),
    }[demandOf(good).reach];
    expect([good.route, await sendAs(stranger, good)]).toEqual([good.route, expected]);
  }
  expect(begun).toBeGreaterThan(before);
  expect(await stored()).toBe(begun);
});

test('somebody of the tenant who lacks one permission lacks what needs it', async () => {
  const before = await stored();
  for (const good of scene.requests) {
    const { permission, reach } = demandOf(good);
    const lacking = somebody(reach === 'platform' ? null : scene.tenant, without(permission));
    const refused = [403, 'auth.forbidden'];
    expect([good.route, await sendAs(lacking, good)]).toEqual([good.route, refused]);
  }
  expect(await stored()).toBe(before);
});

test('a sink’s own credential opens what it is to erase, and nothing else', async () => {
  const own = new Set(['sink.fetch', 'erasure.confirm-sink']);
  const fetching = scene.requests.find(({ route }) => route.endsWith('/sinks/:sink/erasures'));
  const token = String(fetching?.request.headers?.['authorization']).replace('Bearer ', '');
  const before = await stored();
  for (const good of scene.requests) {
    if (own.has(demandOf(good).permission)) continue;
    expect([good.route, await sendAs(token, good)]).toEqual([good.route, [403, 'auth.forbidden']]);
  }
  expect(await stored()).toBe(before);
  if (fetching !== undefined) expect((await house.it.send(fetching.request)).status).toBe(200);
  const operators = fetching && (await sendAs(OPERATOR_KEY, fetching));
  expect(operators).toEqual([403, 'sink.not-itself']);
});

test('the permission that a route needs is enough for it', async () => {
  for (const good of scene.requests.filter(({ route }) => route.startsWith('GET '))) {
    const { permission, reach } = demandOf(good);
    if (permission === 'sink.fetch') continue;
    const token = somebody(reach === 'platform' ? null : scene.tenant, new Set([permission]));
    const { status } = await house.it.send({
      ...good.request,
      headers: { ...good.request.headers, authorization: `Bearer ${token}` },
    });
    expect([good.route, status]).toEqual([good.route, 200]);
  }
});
