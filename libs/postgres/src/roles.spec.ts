import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { roles, setUpRoles, type Passwords } from './roles.js';

test('a server that lets nobody in is not waited for', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `postgres://postgres@127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  const passwords = Object.fromEntries(roles.map((role) => [role, 'x'])) as Passwords;
  await expect(setUpRoles(url, passwords)).rejects.toThrow('timeout');
  for (const socket of sockets) socket.destroy();
  server.close();
});
