import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { givenTenant, OPERATOR_KEY, testApp, type TestAnswer, type TestApp } from '../spec-kit/app.js';

let it: TestApp;
let tenant: string;
let port: number;
beforeAll(async () => {
  it = await testApp();
  tenant = await givenTenant(it);
  await it.app.listen(0, '127.0.0.1');
  port = Number(new URL(await it.app.getUrl()).port);
});
afterAll(() => it.app.close());

function expectProblem(answer: TestAnswer, status: number, code: string): void {
  expect([answer.status, answer.json['code']]).toEqual([status, code]);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({
    status,
    type: `/docs/problems#${code}`,
    title: expect.any(String),
  });
  expect(answer.text).not.toMatch(/\bat .*\.(?:ts|js):\d/);
}

const write = { method: 'POST', url: '/v1/tenants' } as const;
const body = { legalName: 'Beispiel', country: 'DE', role: 'controller', dataRegion: 'eu' };

describe('paths and methods', () => {
  test('nothing is there', async () => {
    expectProblem(await it.send({ method: 'GET', url: '/v1/nothing' }), 404, 'request.unknown-route');
    expectProblem(await it.send({ method: 'GET', url: '/v1/tenants/' }), 404, 'request.unknown-route');
  });

  test('another method is there, and the answer says which', async () => {
    const answer = await it.send({ method: 'DELETE', url: '/v1/tenants' });
    expectProblem(answer, 405, 'request.method-not-allowed');
    expect(answer.headers['allow']).toBe('GET, POST');
  });

  test('the path cannot be decoded, or is too long', async () => {
    expectProblem(await it.send({ method: 'GET', url: '/v1/tenants/%ff' }), 400, 'request.bad-path');
    const long = await it.send({ method: 'GET', url: `/v1/tenants/${'a'.repeat(3000)}` });
    expectProblem(long, 414, 'request.path-too-long');
  });

  test('an id is no UUID', async () => {
    expectProblem(await it.send({ method: 'GET', url: '/v1/tenants/X' }), 400, 'request.invalid');
  });

  test('what is searched for is no name', async () => {
    const url = `/v1/tenants/${tenant}/subjects/search`;
    expectProblem(await it.send({ method: 'POST', url, body: { name: ' \u00a0' } }), 400, 'request.invalid');
  });

  test('there is no such tenant, on every route of a tenant', async () => {
    const none = '44444444-4444-4444-8444-444444444444';
    for (const path of ['', '/audit-log', `/audit-log/${none}`, '/history', '/grants', `/deliveries/${none}`])
      expectProblem(
        await it.send({ method: 'GET', url: `/v1/tenants/${none}${path}` }),
        404,
        'tenant.unknown',
      );
    for (const [path, sent] of [
      ['/members', { address: 'a@b.example', role: 'owner' }],
      [`/members/${none}/deactivation`, {}],
      [`/grants/${none}/revocation`, {}],
    ] as const)
      expectProblem(
        await it.send({ method: 'POST', url: `/v1/tenants/${none}${path}`, body: sent }),
        404,
        'tenant.unknown',
      );
  });
});

describe('fields that no route knows', () => {
  const names = ['unknown', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty'];
  test.each(names)('%s, in a body, in an object of it, in a query', async (name) => {
    const inside = { ...body, reason: { [name]: 1 } };
    const answers = [
      [await it.send({ ...write, body: { ...body, [name]: 1 } }), name],
      [await it.send({ ...write, body: inside }), `reason.${name}`],
      [await it.send({ method: 'GET', url: `/v1/tenants?${name}=1` }), name],
    ] as const;
    for (const [answer, path] of answers) {
      expectProblem(answer, 400, 'request.unknown-field');
      expect(answer.json['fields']).toEqual([{ path, message: 'is not a field of this request' }]);
    }
  });

  test('__proto__ in a query', async () => {
    const answer = await it.send({ method: 'GET', url: '/v1/tenants?__proto__=1' });
    expectProblem(answer, 400, 'request.unknown-field');
  });
});

describe('bodies', () => {
  test('too large', async () => {
    const payload = JSON.stringify({ ...body, legalName: 'x'.repeat(1_048_576) });
    expectProblem(await it.send({ ...write, payload }), 413, 'request.too-large');
  });

  test('in another media type, charset or coding, or in none', async () => {
    const payload = JSON.stringify(body);
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/json; charset=latin1' },
      { 'content-type': 'application/xml' },
      { 'content-type': 'application/x-ndjson' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      { 'content-type': '/' },
      { 'content-type': undefined },
    ])
      expectProblem(await it.send({ ...write, payload, headers }), 415, 'request.media-type-unsupported');
  });

  test('not JSON, not UTF-8, not an object', async () => {
    expectProblem(await it.send({ ...write, payload: '{"a":' }), 400, 'json.invalid');
    expectProblem(
      await it.send({ ...write, payload: Buffer.from([0x7b, 0xff, 0x7d]) }),
      400,
      'json.not-utf8',
    );
    for (const payload of ['[]', '"x"', '1', 'null', 'true'])
      expectProblem(await it.send({ ...write, payload }), 400, 'json.not-an-object');
  });

  test('unknown fields are named, at their place, and nothing that was sent is repeated', async () => {
    const answer = await it.send({
      ...write,
      body: { ...body, secret: 'hunter2', reason: { code: 'A', more: 'hunter3' } },
    });
    expectProblem(answer, 400, 'request.unknown-field');
    expect((answer.json['fields'] as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      'reason.more',
      'secret',
    ]);
    expect(answer.text).not.toMatch(/hunter/);
  });

  test('wrong values are named by their place, and not repeated', async () => {
    const answer = await it.send({ ...write, body: { ...body, country: 'hunter2', role: ['hunter2'] } });
    expectProblem(answer, 400, 'request.invalid');
    expect((answer.json['fields'] as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      'country',
      'role',
    ]);
    expect(answer.text).not.toMatch(/hunter/);
  });
});

describe('headers and queries', () => {
  test('an Idempotency-Key is needed, and has a form', async () => {
    expectProblem(
      await it.send({ ...write, body, headers: { 'idempotency-key': undefined } }),
      400,
      'idempotency.key-required',
    );
    for (const key of ['', 'a b', 'ä', 'x'.repeat(256)])
      expectProblem(
        await it.send({ ...write, body, headers: { 'idempotency-key': key } }),
        400,
        'idempotency.key-invalid',
      );
  });

  test('a key belongs to one request', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    expect((await it.send({ ...write, body, headers })).status).toBe(201);
    const other = await it.send({ ...write, body: { ...body, country: 'FR' }, headers });
    expectProblem(other, 422, 'idempotency.key-reused');
    const elsewhere = {
      ...write,
      url: `/v1/tenants/${tenant}/members`,
      body: { address: 'k@b.example', role: 'owner' },
    };
    expect((await it.send({ ...elsewhere, headers })).status).toBe(201);
  });

  test('only a UUID can be acted for', async () => {
    const answer = await it.send({ ...write, body, headers: { 'candor-on-behalf-of': 'me' } });
    expectProblem(answer, 400, 'request.invalid');
  });

  test('a position of nobody, or of another log', async () => {
    const other = await it.send({ ...write, body: { ...body, legalName: 'Other' } });
    const url = `/v1/tenants/${tenant}/audit-log?after=`;
    for (const after of ['x', 'A'.repeat(22), String(other.headers['candor-position'])])
      expectProblem(await it.send({ method: 'GET', url: url + after }), 400, 'position.invalid');
    expectProblem(await it.send({ method: 'GET', url: `${url}%00` }), 400, 'request.invalid');
  });

  test.each([
    'limit=0',
    'limit=1001',
    'limit=1e2',
    'limit=',
    'limit=1&limit=2',
    'actor=x',
    'order=up',
    'from=today',
    'action=Access',
  ])('the query %s', async (query) => {
    expectProblem(
      await it.send({ method: 'GET', url: `/v1/tenants/${tenant}/audit-log?${query}` }),
      400,
      'request.invalid',
    );
  });

  test('a query nobody knows', async () => {
    const answer = await it.send({ method: 'GET', url: `/v1/tenants/${tenant}/history?my%20name=x` });
    expectProblem(answer, 400, 'request.unknown-field');
    expect(answer.text).not.toMatch(/my name/);
  });
});

test('what the domain refuses has its code and status', async () => {
  const until = new Date(Date.now() + 1000 * 86_400_000).toISOString();
  const answer = await it.send({
    method: 'POST',
    url: `/v1/tenants/${tenant}/grants`,
    body: {
      grantee: { kind: 'employee', id: '55555555-5555-4555-8555-555555555555' },
      level: 'view-content',
      scope: { kind: 'account' },
      until,
      reason: { code: 'CUSTOMER_INITIATED_SUPPORT' },
    },
  });
  expectProblem(answer, 422, 'grant.period-too-long');
});

test.each([
  ['not HTTP', 'HELO example.org\r\n\r\n', '400', 'request.malformed'],
  [
    'far too many headers',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`,
    '431',
    'request.headers-too-large',
  ],
  ['no host', 'GET /v1/tenants HTTP/1.1\r\nConnection: close\r\n\r\n', '400', 'request.malformed'],
  [
    'two hosts',
    'GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n',
    '400',
    'request.malformed',
  ],
  [
    'two credentials',
    `GET /v1/tenants HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${OPERATOR_KEY}\r\nauthorization: Bearer x\r\nConnection: close\r\n\r\n`,
    '400',
    'request.malformed',
  ],
  [
    'a coding of the transfer that is not undone',
    'POST /v1/tenants HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
    '400',
    'request.malformed',
  ],
  [
    'two lengths',
    'POST /v1/tenants HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    '400',
    'request.malformed',
  ],
  ['a tunnel', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', '400', 'request.malformed'],
  [
    'an expectation of something else',
    'GET /v1/tenants HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\n\r\n',
    '401',
    'auth.required',
  ],
])('%s is answered as a problem too', async (_, sent, status, code) => {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(sent));
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(received);
    });
  });
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(text).toContain('application/problem+json');
  expect(text).toContain(`"code":"${code}"`);
});
