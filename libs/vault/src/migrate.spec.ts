import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { migrateVault } from './migrate.js';

const AUTHENTICATED_AND_READY = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

test('a database that goes away meanwhile is a failure, and does not end the process', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(AUTHENTICATED_AND_READY);
      socket.once('data', () => socket.destroy());
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `postgres://candor_owner@127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  await expect(migrateVault(url)).rejects.toThrow('Connection terminated');
  server.close();
});
