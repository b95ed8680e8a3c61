import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { VaultUnavailable } from '@candor/event-store';
import { Pool } from 'pg';
import { Database } from './database.js';

/** A message of PostgreSQL's protocol. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, body]);
}
const WELCOME = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))];
const TERMINATED = message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0'));

let server: Server;
let database: Database;
/** What the server says to whoever connects. */
let says: readonly Buffer[];
beforeEach(async () => {
  server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat(says)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  database = new Database(new Pool({ host: '127.0.0.1', port, user: 'x', database: 'x', ssl: false }));
});
afterEach(async () => {
  await database.close();
  server.close();
});

test.each([
  ['terminated in the same breath in which it was welcomed', [...WELCOME, TERMINATED]],
  ['closed when it was welcomed', WELCOME],
  ['refused', [TERMINATED]],
])('a connection that is %s is a vault that is away, and ends no process', async (_, said) => {
  says = said;
  for (let n = 0; n < 3; n++) {
    await expect(database.transaction((rows) => rows('SELECT 1'))).rejects.toThrow(VaultUnavailable);
    await expect(database.rows('SELECT 1')).rejects.toThrow(VaultUnavailable);
  }
});
