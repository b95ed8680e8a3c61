import { randomUUID } from 'node:crypto';
import type { Uuid } from '@candor/domain';
import { givenTenant, type TestAnswer, type TestRequest } from './app.js';
import type { ProvenApp } from './proven-app.js';
import { anAcceptance, anAccess } from './records.js';

/** A request that a route answers with success, of a tenant in which everything has happened. */
export interface GoodRequest {
  /** As its controller declares it: method and path. */
  readonly route: string;
  readonly request: TestRequest;
  /** What it is refused with all the same, where something must have happened that no route does. */
  readonly refusal?: string;
}

export interface EveryRoute {
  readonly tenant: Uuid;
  readonly requests: readonly GoodRequest[];
}

const PERSON = '99999999-9999-4999-8999-999999999999';
const reason = { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: 'T-1' };
const text = (answer: TestAnswer, name: string): string => {
  const value = answer.json[name];
  if (typeof value !== 'string') throw new Error(`no ${name}: ${answer.text}`);
  return value;
};

/**
 * A good request for every route under /v1 that is not open. Those that write are good once, in this order; each is sent with its
 * own Idempotency-Key.
 */
export async function everyRoute(house: ProvenApp): Promise<EveryRoute> {
  const tenant = await givenTenant(house.it);
  await house.level();
  const base = `/v1/tenants/${tenant}`;
  const behalf = { 'candor-on-behalf-of': PERSON };
  const post = (path: string, body: unknown) =>
    house.it.send({ method: 'POST', url: `${base}${path}`, body, headers: behalf });
  const grantOf = (id: string) => ({
    grantee: { kind: 'employee', id, name: 'Erika Beispiel' },
    level: 'view-content',
    scope: { kind: 'account' },
    until: new Date(Date.now() + 3_600_000).toISOString(),
    statement: 'why',
    reason,
  });
  const invited = (n: number) => ({ address: `member-${n}@example.org`, role: 'owner', name: 'Anna' });
  const subject = text(await post('/members', invited(0)), 'user');
  const user = text(await post('/members', invited(1)), 'user');
  const grant = text(await post('/grants', grantOf(anAccess.actor.id)), 'grant');
  const entry = text(await post('/accesses', anAccess), 'event');
  await post('/deliveries', anAcceptance);
  const hold = text(await post('/holds', { subject: user, basis: 'legal-claims', statement: 'why' }), 'hold');
  const sinkBody = { kind: 'search-index', name: 'the index', keepsDays: 7 };
  const registered = await post('/sinks', sinkBody);
  const sink = text(registered, 'sink');
  const asSink = { authorization: `Bearer ${text(registered, 'credential')}` };
  const erasing = { subjects: [subject], askedBy: 'data-subject', ground: 'objection' };
  const erasure = text(await post('/erasures', erasing), 'erasure');
  const refused = text(await post('/erasures', erasing), 'erasure');
  const asking = { subjects: [subject], kind: 'access' };
  const asked = text(await post('/subject-requests', asking), 'request');
  const exported = text(await post('/subject-requests', asking), 'request');
  house.now += 10_000;
  await house.publish(await house.epoch());
  const listed = await house.it.send({ method: 'GET', url: `${base}/audit-log?action=delivery.accepted` });
  const [{ body }] = listed.json['entries'] as readonly [{ readonly body: { readonly messageId: string } }];

  const requests: GoodRequest[] = [];
  const get = (route: string, url: string, headers: TestRequest['headers'] = {}) =>
    requests.push({ route: `GET ${route}`, request: { method: 'GET', url, headers } });
  const write = (
    method: 'POST' | 'PATCH',
    path: string,
    names: Readonly<Record<string, string>>,
    sent: object,
    headers: TestRequest['headers'] = {},
  ) => {
    const url = `${base}${path}`.replace(/:(\w+)/g, (_, name: string) => names[name] ?? name);
    requests.push({
      route: `${method} /v1/tenants/:tenant${path}`,
      request: {
        method,
        url,
        body: sent,
        headers: { ...behalf, 'idempotency-key': randomUUID(), ...headers },
      },
    });
  };
  const of = '/v1/tenants/:tenant';
  get('/v1/tenants', '/v1/tenants?limit=200');
  get(of, base);
  for (const path of ['audit-log', 'history', 'grants', 'erasures', 'holds', 'sinks', 'subject-requests'])
    get(`${of}/${path}`, `${base}/${path}`);
  get(`${of}/audit-log/:entry`, `${base}/audit-log/${entry}`);
  get(`${of}/deliveries/:messageId`, `${base}/deliveries/${body.messageId}`);
  get(`${of}/erasures/:erasure`, `${base}/erasures/${erasure}`);
  for (const path of ['origins', 'checkpoint', 'heads']) get(`${of}/log/${path}`, `${base}/log/${path}`);
  for (const path of ['entries', 'proof', 'bundle']) get(`${of}/log/${path}/:index`, `${base}/log/${path}/1`);
  get(`${of}/log/entries/:index/state`, `${base}/log/entries/1/state`);
  get(`${of}/log/consistency`, `${base}/log/consistency?from=1&to=2`);
  get(`${of}/export`, `${base}/export?envelopes=true`);
  get(`${of}/subject-requests/:request/export`, `${base}/subject-requests/${exported}/export`);
  get(`${of}/sinks/:sink/erasures`, `${base}/sinks/${sink}/erasures`, asSink);
  const profile = { legalName: 'Beispiel GmbH', country: 'DE', role: 'controller', dataRegion: 'eu' };
  const key = () => ({ 'idempotency-key': randomUUID() });
  requests.push({
    route: 'POST /v1/tenants',
    request: { method: 'POST', url: '/v1/tenants', body: profile, headers: key() },
  });
  write('PATCH', '', {}, { legalName: 'Andere GmbH', reason });
  write('POST', '/members', {}, invited(2));
  write('PATCH', '/members/:user', { user }, { role: 'admin' });
  write('POST', '/members/:user/deactivation', { user }, {});
  write('POST', '/grants', {}, grantOf(PERSON));
  write('POST', '/grants/:grant/revocation', { grant }, { reason });
  write('POST', '/accesses', {}, { ...anAccess, recordKey: randomUUID() });
  write('POST', '/deliveries', {}, { ...anAcceptance, recordKey: randomUUID() });
  requests.push({
    route: 'POST /v1/records',
    request: {
      method: 'POST',
      url: '/v1/records',
      payload: JSON.stringify({ tenant, ...anAccess, recordKey: randomUUID() }),
      headers: { 'content-type': 'application/x-ndjson' },
    },
  });
  write('POST', '/subjects/search', {}, { address: invited(0).address });
  write('POST', '/subject-requests', {}, asking);
  write(
    'POST',
    '/subject-requests/:request/answer',
    { request: asked },
    { answer: 'declined', event: entry },
  );
  write('POST', '/holds/:hold/release', { hold }, {});
  write('POST', '/erasures', {}, erasing);
  const other = { 'candor-on-behalf-of': randomUUID() };
  write('POST', '/erasures/:erasure/refusal', { erasure: refused }, { cause: 'withdrawn' }, other);
  write('POST', '/erasures/:erasure/confirmation', { erasure }, {}, other);
  write('POST', '/erasures/:erasure/sinks/:sink/confirmation', { erasure, sink }, {}, asSink);
  // No order was given.
  requests.push({ ...requests.pop(), refusal: 'erasure.not-confirmed' } as GoodRequest);
  write('POST', '/holds', {}, { basis: 'legal-claims' });
  write('POST', '/sinks', {}, sinkBody);
  write('POST', '/sinks/:sink/credential', { sink }, {});
  write('POST', '/sinks/:sink/removal', { sink }, {});
  const returnUntil = new Date(Date.now() + 40 * 86_400_000).toISOString();
  write('POST', '/offboarding', {}, { returnUntil });
  return { tenant, requests };
}
