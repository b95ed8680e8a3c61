import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { declaredRoutes } from '../edge/auth/route-check.js';
import { givenTenant, testApp, type TestAnswer } from '../spec-kit/app.js';
import { ProvenApp } from '../spec-kit/proven-app.js';
import { anAccess } from '../spec-kit/records.js';

const TEXT = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';
const JSON_TEXT = 'application/json; charset=utf-8';
const FOR_EVER = 'public, max-age=31536000, immutable';

interface Shape {
  readonly type: string;
  readonly cache: string;
  /** What it may refuse a request of the right form with. */
  readonly refusals: readonly string[];
}

/** The routes of the verifiable log, by their declared paths. */
const SHAPES: Readonly<Record<string, Shape>> = {
  '/v1/tenants/:tenant/log/origins': { type: JSON_TEXT, cache: 'no-store', refusals: [] },
  '/v1/tenants/:tenant/log/checkpoint': { type: TEXT, cache: 'no-store', refusals: ['entry.unknown'] },
  '/v1/tenants/:tenant/log/entries/:index': { type: BYTES, cache: 'no-store', refusals: ['entry.unknown'] },
  '/v1/tenants/:tenant/log/entries/:index/state': {
    type: JSON_TEXT,
    cache: 'no-store',
    refusals: ['entry.unknown'],
  },
  '/v1/tenants/:tenant/log/proof/:index': {
    type: TEXT,
    cache: 'no-store',
    refusals: ['entry.unknown', 'checkpoint.unknown'],
  },
  '/v1/tenants/:tenant/log/consistency': {
    type: TEXT,
    cache: 'no-store',
    refusals: ['entry.unknown', 'checkpoint.unknown'],
  },
  '/v1/tenants/:tenant/log/heads': {
    type: 'application/x-ndjson; charset=utf-8',
    cache: 'no-store',
    refusals: ['entry.unknown'],
  },
  '/v1/tenants/:tenant/log/bundle/:index': {
    type: JSON_TEXT,
    cache: 'no-store',
    refusals: ['entry.unknown'],
  },
  '/v1/tenants/:tenant/export': {
    type: 'application/x-ndjson',
    cache: 'no-store',
    refusals: ['entry.unknown', 'checkpoint.unknown', 'anchor.unknown', 'export.head-left-out'],
  },
  '/v1/log/keys': { type: JSON_TEXT, cache: 'no-store', refusals: [] },
  '/v1/anchor/checkpoint': { type: TEXT, cache: 'public, max-age=5', refusals: [] },
  '/v1/anchor/tile/*': { type: BYTES, cache: FOR_EVER, refusals: ['anchor.unknown'] },
  '/v1/anchor/epochs/:epoch/slots': { type: BYTES, cache: FOR_EVER, refusals: ['anchor.unknown'] },
  '/v1/anchor/epochs/:epoch/checkpoint': { type: TEXT, cache: FOR_EVER, refusals: ['anchor.unknown'] },
};

let house: ProvenApp;
let tenant: string;
beforeAll(async () => {
  house = await ProvenApp.start();
  tenant = await givenTenant(house.it);
  for (let n = 0; n < 3; n++) {
    const body = { ...anAccess, recordKey: randomUUID() };
    await house.it.send({ method: 'POST', url: `/v1/tenants/${tenant}/accesses`, body });
    house.now += 10_000;
    await house.publish(await house.epoch());
  }
});
afterAll(() => house.stop());

const get = (url: string) => house.it.send({ method: 'GET', url });

test('these are all routes of the verifiable log', () => {
  const declared = declaredRoutes(house.it.app)
    .map(({ path }) => path)
    .filter((path) => /\/log\/|\/export$|\/anchor\//.test(path) && !path.includes('subject-requests'));
  expect(declared.sort()).toEqual(Object.keys(SHAPES).sort());
});

/** Around the sizes that there are, at the ends of what a number can be, and what is none. */
const number = fc.oneof(
  fc.nat(8).map(String),
  fc.constantFrom('0', '1', '3', '4', '5', '255', '256', '999999999999999', '9007199254740991'),
  fc.constantFrom('-1', '-0', '00', '01', '1.0', '1e2', '0x1', '+1', ' 1', '1 ', '', '٣', 'NaN', 'Infinity'),
  fc.constantFrom('1000000000000000', '9'.repeat(400), '\u0000', '../1', '1/2', 'null', '%', '1,2', '{}'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const tile = fc.oneof(
  fc
    .tuple(fc.constantFrom('0', '1', '2', 'entries', '63', '64', '-1'), number, fc.option(number))
    .map(([level, n, width]) => `${level}/${n.padStart(3, '0')}${width === null ? '' : `.p/${width}`}`),
  fc.constantFrom('', '0', '0/', '0/000.p', '0/x001/000', '0/000.p/3/x', 'entries/000.p/3', '..', '0//000'),
);
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());
const QUERIES = ['size', 'from', 'to', 'epoch', 'envelopes', 'index', 'succession'] as const;
const query = fc
  .array(fc.tuple(fc.constantFrom(...QUERIES), fc.oneof(number, fc.constantFrom('true', 'false'))), {
    maxLength: 3,
  })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${encode(value)}`).join('&'));

function expectShape(path: string, { status, headers, json, text }: TestAnswer): void {
  const shape = SHAPES[path];
  if (status === 200) {
    expect([path, headers['content-type'], headers['cache-control']]).toEqual([
      path,
      shape?.type,
      shape?.cache,
    ]);
    expect(headers['x-content-type-options']).toBe('nosniff');
    return;
  }
  const refusals = [
    'request.invalid',
    'request.unknown-field',
    'request.unknown-route',
    'request.path-too-long',
  ];
  expect([path, text, [...refusals, ...(shape?.refusals ?? [])]]).toEqual([
    path,
    text,
    expect.arrayContaining([json['code']]),
  ]);
  expect([headers['content-type'], headers['cache-control']]).toEqual([
    expect.stringMatching(/^application\/problem\+json/),
    'no-store',
  ]);
}

test('whatever number is asked for, there is an answer of the right form or a refusal', async () => {
  const paths = Object.keys(SHAPES);
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), number, tile, query, async (path, n, at, asked) => {
      const concrete = path
        .replace(':tenant', tenant)
        .replace(/:\w+/, encode(n))
        .replace('*', at.split('/').map(encode).join('/'));
      const answer = await get(asked === '' || path.includes('anchor') ? concrete : `${concrete}?${asked}`);
      if (answer.status === 200) answered++;
      expectShape(path, answer);
    }),
    { numRuns: 400 },
  );
  expect(answered).toBeGreaterThan(20);
});

test.each(Object.keys(SHAPES))('%s answers what is there', async (path) => {
  const concrete = path.replace(':tenant', tenant).replace(/:\w+/, '1').replace('*', '0/000.p/3');
  const answer = await get(path.endsWith('consistency') ? `${concrete}?from=1&to=3` : concrete);
  expect([path, answer.status, answer.text.length > 0]).toEqual([path, 200, true]);
  expectShape(path, answer);
});

test('a tenant’s log is there for that tenant, and for nobody else’s key', async () => {
  const other = await givenTenant(house.it);
  const principal = { kind: 'service', id: randomUUID(), tenant: other, permissions: 'all' } as const;
  const theirs = await testApp({
    ...house.it.parts,
    authenticator: { authenticate: () => Promise.resolve(principal as never) },
  });
  for (const path of Object.keys(SHAPES).filter((one) => one.includes(':tenant'))) {
    const at = (of: string) => path.replace(':tenant', of).replace(/:\w+/, '0');
    const refused = await theirs.send({ method: 'GET', url: at(tenant) });
    expect([path, refused.status, refused.json['code']]).toEqual([path, 404, 'tenant.unknown']);
    const none = await get(`${at(randomUUID())}${path.endsWith('consistency') ? '?from=1&to=1' : ''}`);
    expect([path, none.status, none.json['code']]).toEqual([path, 404, 'tenant.unknown']);
    expect((await get(at('T'))).status).toBe(400);
  }
  await theirs.app.close();
});

test('answers differ where the logs do, and nothing of one is in another’s', async () => {
  const other = await givenTenant(house.it);
  house.now += 10_000;
  await house.publish(await house.epoch());
  const { text } = await get(`/v1/tenants/${other}/export`);
  expect(text).toContain('"t":"end"');
  expect(text).not.toContain(tenant);
  expect((await get(`/v1/tenants/${other}/log/entries/1`)).status).toBe(404);
});
