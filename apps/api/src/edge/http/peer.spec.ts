import { createHash } from 'node:crypto';
import { type EventEmitter, once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { decodeEntry, type StoredEvent } from '@candor/event-store';
import { pino } from 'pino';
import { givenTenant, OPERATOR_ID, OPERATOR_KEY, testApp, type TestApp } from '../../spec-kit/app.js';
import { OperatorKeyAuthenticator } from '../auth/operator-key.js';

let it: TestApp | undefined;
afterEach(() => it?.app.close());

const sha256 = createHash('sha256').update(OPERATOR_KEY).digest('hex');
const operator = new OperatorKeyAuthenticator({ id: OPERATOR_ID, sha256 });

test('who goes before the answer is recorded with the address it came from, and is no fault', async () => {
  const told: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void told.push(line) });
  let asked = (): void => undefined;
  let gone: Promise<unknown> = Promise.resolve();
  const authenticator = {
    authenticate: async (credentials: { readonly scheme: 'bearer'; readonly token: string }) => {
      asked();
      await gone;
      return operator.authenticate(credentials);
    },
  };
  it = await testApp({ authenticator, logger });
  const { log, parts, app } = it;
  const tenant = await givenTenant(it);
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as EventEmitter & { address(): AddressInfo };
  const connection = once(server, 'connection') as Promise<[EventEmitter]>;
  const socket = connect(server.address().port, '127.0.0.1');
  const inside = new Promise<void>((resolve) => (asked = resolve));
  gone = connection.then(([served]) => new Promise((resolve) => served.once('close', resolve)));
  socket.write(
    `GET /v1/tenants/${tenant}/audit-log HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${OPERATOR_KEY}\r\n\r\n`,
  );
  await inside;
  socket.resetAndDestroy();
  let reading: StoredEvent | undefined;
  while (reading === undefined && told.length === 0) {
    await new Promise(setImmediate);
    for await (const stored of log.readAll()) if (stored.type === 'log.queried') reading = stored;
  }
  expect(told).toEqual([]);
  const [opened] = await parts.codec.open(reading === undefined ? [] : [decodeEntry(reading)], 'list');
  expect(opened).toMatchObject({ context: { source: { ip: '127.0.0.1' } } });
});

test('who goes in the middle of the body is no fault, and no database that is away', async () => {
  const told: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void told.push(line) });
  it = await testApp({ logger });
  await it.app.listen(0, '127.0.0.1');
  const server = it.app.getHttpServer() as EventEmitter & { address(): AddressInfo };
  const socket = connect(server.address().port, '127.0.0.1');
  const asked = once(server, 'request') as Promise<[{ readonly socket: EventEmitter }]>;
  const head = 'Host: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n';
  socket.write(`POST /v1/tenants HTTP/1.1\r\n${head}{"legalName":`);
  const [{ socket: served }] = await asked;
  const closed = new Promise((resolve) => served.once('close', resolve));
  socket.resetAndDestroy();
  await closed;
  // Whatever there was to tell was told by the time a later one is answered.
  expect((await it.send({ method: 'GET', url: '/v1/tenants' })).status).toBe(200);
  expect(told).toEqual([]);
});
