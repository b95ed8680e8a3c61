import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { inScope } from './scope.js';
import { createPool, isTransient } from './sql.js';

const AUTHENTICATED_AND_READY = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

let server: Server;
let url: string;
const sockets: Socket[] = [];

/** Lets a client in, and answers nothing it asks: a machine that stopped, a network that swallows. */
beforeEach(async () => {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(AUTHENTICATED_AND_READY));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `postgres://somebody@127.0.0.1:${(server.address() as AddressInfo).port}/x`;
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('a server that stopped answering is given up in time, and its connections are not used again', async () => {
  const pool = createPool(url, { statementMs: 100 });
  const asked = [
    pool.query('SELECT 1'),
    inScope(pool, { kind: 'platform' }, (sql) => sql.query('SELECT 1')),
  ] as const;
  for (const outcome of await Promise.allSettled(asked)) {
    expect(outcome.status).toBe('rejected');
    expect(outcome.status === 'rejected' && isTransient(outcome.reason)).toBe(true);
  }
  expect(pool.totalCount).toBe(0);
  await pool.end();
});
