import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { startEventStore } from './event-store.js';

test('a node listens until it is stopped', async () => {
  const { url, stop } = await startEventStore();
  const { port } = new URL(url);
  const reach = async () => {
    const socket = connect(Number(port), '127.0.0.1');
    try {
      await once(socket, 'connect');
    } finally {
      socket.destroy();
    }
  };
  await reach();
  await stop();
  await expect(reach()).rejects.toThrow('ECONNREFUSED');
});
