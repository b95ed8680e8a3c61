import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Problem, codeOf } from './problem.js';

/** @throws Problem when something listens there already, or nothing may */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EADDRINUSE')
      throw new Problem(`Port ${port} of ${host} is in use; PORT names another one.`);
    throw new Problem(`Nothing can listen on port ${port} of ${host} (${code ?? 'unknown reason'}).`);
  }
  server.close();
  await once(server, 'close');
}

/** A port of 127.0.0.1 that nothing listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Problem('127.0.0.1 has no free port.');
  return address.port;
}

const CONNECT_MS = 5000;

/** Whether anything takes connections there. @throws the reason why not */
export async function requireAnswer(host: string, port: number): Promise<void> {
  // A URL writes an IPv6 address in brackets.
  const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port, timeout: CONNECT_MS });
  try {
    socket.once('timeout', () => {
      socket.destroy(new Error('no answer in time'));
    });
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
