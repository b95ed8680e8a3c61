import { randomUUID } from 'node:crypto';
import type { CandorEvent } from '@candor/domain';
import { decodeEntry, type Entry, type StoredEvent } from '@candor/event-store';
import type { ErasureFact, SinkOrder } from '@candor/read-models';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { givenTenant, testApp, type TestAnswer, type TestApp } from '../spec-kit/app.js';
import { EmptyViews } from '../spec-kit/empty-views.js';

/** A log with orders, in its order; what sinks were told is looked for in the log itself. */
class OrderViews extends EmptyViews {
  orders: readonly SinkOrder[] = [];
  told: readonly string[] = [];

  override sinkFeed(_?: string, asked?: { after: string | null; limit: number }) {
    const { after = null, limit = 0 } = asked ?? {};
    const at = this.orders.findIndex(({ order }) => order === after);
    if (after !== null && at < 0) return Promise.resolve(undefined as never);
    const told = after !== null && this.told.includes(after);
    return Promise.resolve({ told, orders: this.orders.slice(at + 1, at + 1 + limit), size: 0 });
  }

  override erasureFacts(_?: string, category?: string, id?: string) {
    const facts = this.orders
      .filter(({ erasure }) => category === 'erasure' && erasure === id)
      .map(({ erasure, order }) => ({
        tenant: '',
        id: erasure,
        event: order,
        at: '',
        stored: undefined as never,
        reason: null,
        fact: { type: 'log.erasure-ordered' } as CandorEvent,
      }));
    return Promise.resolve<readonly ErasureFact[]>(facts);
  }
}

const anOrder = (): SinkOrder => ({
  order: randomUUID(),
  erasure: randomUUID(),
  at: '2026-11-20T12:00:00.000Z',
  rule: 'erasure',
  ground: 'objection',
  keys: [randomUUID()],
  class: null,
  period: null,
  subjects: [randomUUID()],
});

let it: TestApp;
let views: OrderViews;
let tenant: string;
beforeEach(async () => {
  views = new OrderViews();
  it = await testApp({ views });
  tenant = await givenTenant(it);
});
afterEach(() => it.app.close());

interface Sink {
  readonly id: string;
  readonly credential: string;
}
async function registered(headers: Readonly<Record<string, string>> = {}): Promise<Sink> {
  const body = { kind: 'search-index', name: 'Quayside search' };
  const { json } = await it.send({ method: 'POST', url: `/v1/tenants/${tenant}/sinks`, body, headers });
  return { id: String(json['sink']), credential: String(json['credential']) };
}
const as = ({ credential }: Sink) => ({ authorization: `Bearer ${credential}` });
const feed = (sink: Sink, query = '', by: Sink = sink): Promise<TestAnswer> =>
  it.send({
    method: 'GET',
    url: `/v1/tenants/${tenant}/sinks/${sink.id}/erasures${query}`,
    headers: as(by),
  });
const confirm = (sink: Sink, erasure: string, headers: Readonly<Record<string, string>> = as(sink)) =>
  it.send({
    method: 'POST',
    url: `/v1/tenants/${tenant}/erasures/${erasure}/sinks/${sink.id}/confirmation`,
    headers,
  });

async function stored(type: string): Promise<readonly Entry['json'][]> {
  const found: Entry['json'][] = [];
  for await (const one of it.log.readAll()) if (one.type === type) found.push(decodeEntry(one).json);
  return found;
}

test('a sink fetches its orders page by page, and was told of what it asks to go on from', async () => {
  views.orders = [anOrder(), anOrder(), anOrder()];
  const ids = views.orders.map(({ order }) => order);
  const sink = await registered();
  const first = await feed(sink, '?limit=2');
  expect(first).toMatchObject({ status: 200, json: { orders: views.orders.slice(0, 2), next: ids[1] } });
  // It may never have got them.
  expect(await stored('log.sink-told')).toEqual([]);
  const second = await feed(sink, `?limit=2&after=${ids[1] ?? ''}`);
  expect(second.json).toEqual({ size: 0, orders: views.orders.slice(2), next: ids[2] });
  const [told, ...more] = await stored('log.sink-told');
  expect(more).toEqual([]);
  expect(told).toMatchObject({
    log: tenant,
    actor: { kind: 'service', id: sink.id },
    authorization: { permission: 'sink.fetch' },
    body: { sink: sink.id, through: ids[1] },
  });
  // A view that is behind has it told again: it is told once.
  await Promise.all([1, 2, 3].map(() => feed(sink, `?after=${ids[1] ?? ''}`)));
  expect(await stored('log.sink-told')).toHaveLength(1);
  views.told = ids.slice(0, 2);
  await feed(sink, `?after=${ids[0] ?? ''}`);
  expect(await stored('log.sink-told')).toHaveLength(1);
  expect((await feed(sink, `?after=${ids[2] ?? ''}`)).json).toEqual({ size: 0, orders: [], next: ids[2] });
  expect(await feed(sink, `?after=${randomUUID()}`)).toMatchObject({
    status: 404,
    json: { code: 'order.unknown' },
  });
});

test('a sink confirms by itself, also what nobody asked for, and once', async () => {
  const order = anOrder();
  views.orders = [order];
  const sink = await registered();
  expect(await confirm(sink, order.erasure)).toMatchObject({ status: 200 });
  expect(await confirm(sink, order.erasure)).toMatchObject({ status: 200, json: { events: [] } });
  expect((await stored('log.sink-erased')).map(({ body }) => body)).toEqual([
    { erasure: order.erasure, sink: sink.id },
  ]);
  expect(await confirm(sink, randomUUID())).toMatchObject({ status: 404, json: { code: 'erasure.unknown' } });
});

test('nobody fetches or confirms for a sink: neither the operator nor another sink', async () => {
  const order = anOrder();
  views.orders = [order];
  const [sink, other] = [await registered(), await registered()];
  const operator = { ...sink, credential: 'candor_operator_of_the_specs' };
  for (const by of [other, operator]) {
    const refused = { status: 403, json: { code: 'sink.not-itself' } };
    expect(await feed(sink, '', by)).toMatchObject(refused);
    expect(await confirm(sink, order.erasure, as(by))).toMatchObject(refused);
  }
  expect(await stored('log.sink-erased')).toEqual([]);
});

test('a credential reaches its tenant and its feed, and nothing else', async () => {
  const sink = await registered();
  const other = await givenTenant(it);
  const get = (url: string) => it.send({ method: 'GET', url, headers: as(sink) });
  expect(await get(`/v1/tenants/${other}/sinks/${sink.id}/erasures`)).toMatchObject({
    status: 404,
    json: { code: 'tenant.unknown' },
  });
  for (const path of ['audit-log', 'sinks', 'erasures'])
    expect(await get(`/v1/tenants/${tenant}/${path}`)).toMatchObject({
      status: 403,
      json: { code: 'auth.forbidden' },
    });
});

test('a credential ends with the next one, and with the sink; a registration sent again has the same', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const sink = await registered(headers);
  expect(await registered(headers)).toEqual(sink);
  const post = (path: string) =>
    it.send({ method: 'POST', url: `/v1/tenants/${tenant}/sinks/${sink.id}/${path}` });
  const renewed = { ...sink, credential: String((await post('credential')).json['credential']) };
  expect(await feed(sink)).toMatchObject({ status: 401, json: { code: 'auth.rejected' } });
  expect(await feed(renewed)).toMatchObject({ status: 200 });
  const last = renewed.credential.at(-1) ?? '';
  const forged = `${renewed.credential.slice(0, -1)}${last === 'A' ? 'E' : 'A'}`;
  for (const credential of [forged, `${renewed.credential}A`, 'candor_sink_', 'candor_sink_AAAA'])
    expect(await feed({ ...sink, credential })).toMatchObject({ status: 401 });
  await post('removal');
  expect(await feed(renewed)).toMatchObject({ status: 401 });
});

test('of a sink that renewed often only what is new is read for a request', async () => {
  let sink = await registered();
  const renew = async () => {
    const url = `/v1/tenants/${tenant}/sinks/${sink.id}/credential`;
    sink = { ...sink, credential: String((await it.send({ method: 'POST', url })).json['credential']) };
  };
  for (let n = 0; n < 5; n++) await renew();
  const read = jest.spyOn(it.log, 'readStream');
  const revisions = () =>
    read.mock.calls.flatMap(([stream, options]) => (stream === `sink-${sink.id}` ? [options?.from] : []));
  expect(await feed(sink)).toMatchObject({ status: 200 });
  await renew();
  read.mockClear();
  expect(await feed(sink)).toMatchObject({ status: 200 });
  expect(await feed(sink)).toMatchObject({ status: 200 });
  expect(revisions()).toEqual([5n, 6n]);
});

test('a removal ends a credential also where the store has lost what was read of the sink before', async () => {
  const sink = await registered();
  const url = `/v1/tenants/${tenant}/sinks/${sink.id}`;
  const renewed = await it.send({ method: 'POST', url: `${url}/credential` });
  const later = { ...sink, credential: String(renewed.json['credential']) };
  expect(await feed(later)).toMatchObject({ status: 200 });
  // The renewal is lost, and the removal takes its place.
  await it.send({ method: 'POST', url: `${url}/removal` });
  const whole: StoredEvent[] = [];
  for await (const stored of it.log.readStream(`sink-${sink.id}`)) whole.push(stored);
  const [first, renewal, removal] = whole;
  if (first === undefined || renewal === undefined || removal === undefined) throw new Error('three entries');
  let left: readonly StoredEvent[] = [first];
  jest.spyOn(it.log, 'readStream').mockImplementation(async function* (_, options) {
    for (const stored of left)
      if (stored.revision >= (options?.from ?? 0n)) yield await Promise.resolve(stored);
  });
  for (const lost of [left, [first, { ...removal, revision: renewal.revision }]]) {
    left = lost;
    expect(await feed(later)).toMatchObject({ status: 401, json: { code: 'auth.rejected' } });
  }
});
