import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { createPool, inTransaction, type Pool } from '../sql.js';
import { announce } from './announcement.js';
import { beginCheckpoint } from './checkpoints.js';
import { ViewListener } from './listener.js';

let database: TestPostgres;
let pool: Pool;

beforeAll(async () => {
  database = await startPostgres();
  pool = createPool(database.projectorUrl);
  await beginCheckpoint(pool, 'audit_log_v1', randomUUID());
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});

const tell = (position: bigint) =>
  inTransaction(pool, 'BEGIN', (sql) => announce(sql, [{ view: 'audit_log_v1', position, state: 'live' }]));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(25);
}

/** The way to the database, which can be made to swallow everything without a word. */
async function wayTo(url: string) {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    sockets.push(near, far);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: through.href,
    swallow: () => {
      for (const socket of sockets.splice(0)) socket.unpipe().resume();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test('a place that was told of is forgotten with the connection: the database may have lost it', async () => {
  const way = await wayTo(database.apiUrl);
  const listener = await ViewListener.start(way.url);
  await tell(7n);
  await until(() => listener.standing('audit_log_v1')?.position === 7n);
  way.close();
  await until(() => listener.standing('audit_log_v1') === undefined);
  await listener.close();
});

test('a database that is gone without a word is left, and found again', async () => {
  const way = await wayTo(database.apiUrl);
  const listener = await ViewListener.start(way.url, { heartbeatMs: 100 });
  way.swallow();
  await tell(8n);
  await sleep(100);
  expect(listener.standing('audit_log_v1')?.position ?? null).toBeNull();
  while (listener.standing('audit_log_v1')?.position !== 9n) {
    await tell(9n);
    await sleep(100);
  }
  await listener.close();
  way.close();
});
