import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { givenTenant, type TestAnswer, type TestApp, type TestRequest } from '../spec-kit/app.js';
import { everyRoute, type EveryRoute } from '../spec-kit/every-route.js';
import { ProvenApp } from '../spec-kit/proven-app.js';
import { anAcceptance, anAccess } from '../spec-kit/records.js';
import { declaredRoutes } from './auth/route-check.js';

/** Raised by hand for a long run. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 600);

let house: ProvenApp;
let it: TestApp;
let scene: EveryRoute;
let tenant: string;
let routes: readonly { readonly method: string; readonly path: string }[];
beforeAll(async () => {
  house = await ProvenApp.start();
  it = house.it;
  tenant = await givenTenant(it);
  routes = declaredRoutes(it.app).filter(({ path }) => path.startsWith('/v1'));
});
afterAll(() => house.stop());

/** Bodies that every route would take, so that what is changed in them gets far. */
const bodies: readonly Readonly<Record<string, unknown>>[] = [
  {
    legalName: 'Beispiel',
    country: 'DE',
    role: 'controller',
    dataRegion: 'eu',
    breachContact: 'a@b.example',
  },
  { address: 'a@b.example', role: 'owner', name: 'Ann', reason: { code: 'A', ticket: 'T-1' } },
  {
    grantee: { kind: 'employee', id: '55555555-5555-4555-8555-555555555555', name: null },
    level: 'view-content',
    scope: { kind: 'account', id: null },
    until: new Date(Date.now() + 86_400_000).toISOString(),
    statement: 'why',
    reason: { code: 'A', ticket: 'T-1' },
  },
  anAccess,
  anAcceptance,
  { ...anAcceptance, type: 'delivery.attempted', remoteMta: { host: 'mx', ip: '::1', port: 25 }, tls: null },
];

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    '\u0000',
    '\ud800',
    '__proto__',
    'null',
    '9'.repeat(400),
    'x'.repeat(70_000),
    -1,
    -0,
    1.5,
    2 ** 53,
    1e300,
    true,
    [],
    {},
    [[]],
    { state: 'erased' },
    { $c: 'x', $k: 'y' },
    '2999-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    'constructor',
    '\u202e',
    '😀'.repeat(200),
    '%00',
    'a@b',
    '@',
    'a@[1.2.3.4]',
    'a@xn--',
    '"a b"@c.example',
    'ä@ö.example',
    'a@b@c',
    'a@',
  ),
);

type Body = Readonly<Record<string, unknown>>;

/** What is done to one place of a body. */
const change = fc.tuple(fc.nat(20), odd, fc.constantFrom('set', 'remove', 'add', 'inside', 'keep'));
type Change = readonly [place: number, value: unknown, how: string];

function changedBody(body: Body, [place, value, how]: Change): Body {
  const names = Object.keys(body);
  const name = names[place % Math.max(names.length, 1)] ?? '';
  const rest = Object.fromEntries(Object.entries(body).filter(([other]) => other !== name));
  if (how === 'set') return { ...body, [name]: value };
  if (how === 'remove') return rest;
  if (how === 'add') return { ...body, extra: value };
  const inner = body[name];
  if (how === 'inside' && typeof inner === 'object' && inner !== null) {
    const key = Object.keys(inner)[place % Math.max(Object.keys(inner).length, 1)] ?? 'id';
    return { ...body, [name]: { ...inner, [key]: value } };
  }
  return body;
}

/** One place of a body is replaced, removed or added to. */
const changed = fc.tuple(fc.constantFrom(...bodies), change).map(([body, how]) => changedBody(body, how));

const payload = fc.oneof(
  { weight: 5, arbitrary: changed.map((body) => JSON.stringify(body)) },
  { weight: 1, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);

const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'actor',
        'action',
        'target',
        'outcome',
        'from',
        'to',
        'limit',
        'cursor',
        'order',
        'after',
        'at',
        'size',
        'epoch',
        'envelopes',
        'receipts',
        '__proto__',
      ),
      fc.oneof(
        odd.map(textOf),
        fc.constantFrom('1', 'true', 'newest', 'access.', 'AAAA', '2026-01-01T00:00:00Z'),
      ),
    ),
    { maxLength: 3 },
  )
  .map((pairs) => pairs.map(([name, value]) => `${name}=${encode(value)}`).join('&'));

const header = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'idempotency-key',
          'content-type',
          'content-encoding',
          'candor-on-behalf-of',
          'user-agent',
          'accept-encoding',
          'authorization',
        ),
        fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,40}$/),
      )
      .map(([name, value]) => ({ [name]: value })),
  },
);

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const request = fc
  .tuple(
    fc.nat(200),
    fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: odd }),
    payload,
    query,
    header,
  )
  .map(([n, id, sent, asked, headers]): TestRequest => {
    const route = routes[n % routes.length];
    const method = (route?.method ?? 'GET') as TestRequest['method'];
    let first = true;
    const path = (route?.path ?? '/').replace(/:\w+/g, () => {
      const known = first && id === undefined;
      first = false;
      return known
        ? tenant
        : id === undefined
          ? '55555555-5555-4555-8555-555555555555'
          : encode(textOf(id)).slice(0, 150);
    });
    const url = asked === '' ? path : `${path}?${asked}`;
    const type = path === '/v1/records' ? { 'content-type': 'application/x-ndjson' } : {};
    return method === 'GET'
      ? { method, url, headers }
      : { method, url, payload: sent, headers: { ...type, ...headers } };
  });

function expectNoFault(answer: TestAnswer): void {
  // A view is not level with what was just written: it is asked again.
  const fault = answer.status >= 500 && answer.json['code'] !== 'view.behind';
  expect([fault, answer.text]).toEqual([false, answer.text]);
  if (answer.status < 400) {
    expect(answer.text).not.toContain('internal.fault');
    return;
  }
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json['code']).toMatch(/^[a-z]+\.[a-z0-9-]+$/);
  expect(answer.json['status']).toBe(answer.status);
}

test('whatever is sent, the answer is no fault, and a refusal is a problem with a code', async () => {
  await fc.assert(
    fc.asyncProperty(request, async (sent) => {
      expectNoFault(await it.send(sent));
    }),
    { numRuns: RUNS },
  );
}, 600_000);

/** Requests that change what is there: after so many of them it is made anew. */
const SCENE = 400;

/** A segment of a path, or nothing of it. */
const segment = fc.option(fc.tuple(fc.nat(6), odd), { freq: 4 });

test('what is nearly right gets far, into a log and views where everything has happened, and is no fault', async () => {
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(200),
      change,
      segment,
      fc.option(query, { freq: 3 }),
      header,
      async (n, how, other, asked, headers) => {
        if (sent++ % SCENE === 0) {
          scene = await everyRoute(house);
          await house.level();
        }
        const good = scene.requests[n % scene.requests.length]?.request;
        if (good === undefined) throw new Error('there is no route');
        const parts = good.url.split('?');
        const path = (parts[0] ?? '').split('/');
        if (other !== null) path[1 + (other[0] % (path.length - 1))] = encode(textOf(other[1])).slice(0, 150);
        const queried = [parts[1], asked].filter((one) => one !== undefined && one !== null && one !== '');
        const answer = await it.send({
          ...good,
          url: [path.join('/'), ...(queried.length === 0 ? [] : [queried.join('&')])].join('?'),
          ...(good.body === undefined ? {} : { body: changedBody(good.body as Body, how) }),
          headers: { ...good.headers, 'idempotency-key': `fuzz-${sent}`, ...headers },
        });
        expectNoFault(answer);
      },
    ),
    { numRuns: RUNS },
  );
}, 600_000);
