import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { sendLines } from './lines.js';

const STALL = 1_000;
const TIMED = 2_000;
const PIECE = `${'x'.repeat(256 * 1024)}\n`;
/** More than the system keeps for a reader. */
const PIECES = 120;
let instance: FastifyInstance;
let made = 0;
let ended = false;
/** Runs out when nothing more is made for a while: as late as the process is, it is not before a timer that is due earlier. */
let late: NodeJS.Timeout | undefined;
let isLate = false;
beforeEach(async () => {
  [made, ended, isLate] = [0, false, false];
  instance = fastify();
  async function* lines(pause: number): AsyncGenerator<string> {
    try {
      for (; made < PIECES; made++) {
        if (made === 1) await sleep(pause);
        clearTimeout(late);
        late = setTimeout(() => (isLate = true), 1.8 * TIMED);
        yield PIECE;
      }
    } finally {
      clearTimeout(late);
      ended = true;
    }
  }
  instance.get('/now', (_, reply) => sendLines(reply, lines(0), STALL));
  instance.get('/timed', (_, reply) => sendLines(reply, lines(0), TIMED));
  instance.get('/late', (_, reply) => sendLines(reply, lines(1.5 * STALL), STALL));
  await instance.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => instance.close());

const port = () => (instance.server.address() as AddressInfo).port;
const url = (path: string) => `http://127.0.0.1:${port()}${path}`;

test('a reader that takes nothing any more is given up, with its connection and what was made for it', async () => {
  const socket = connect(port(), '127.0.0.1').on('error', () => undefined);
  socket.pause().write('GET /now HTTP/1.1\r\nHost: x\r\n\r\n');
  while (!ended) await sleep(50);
  expect(made).toBeLessThan(PIECES);
  const connections = () =>
    new Promise<number>((resolve) => {
      instance.server.getConnections((_, count) => {
        resolve(count);
      });
    });
  while ((await connections()) > 0) await sleep(50);
  socket.destroy();
});

test('it is given up in the time that is said, and not twice as late', async () => {
  const socket = connect(port(), '127.0.0.1').on('error', () => undefined);
  socket.pause().write('GET /timed HTTP/1.1\r\nHost: x\r\n\r\n');
  while (!ended) await sleep(20);
  expect(isLate).toBe(false);
  socket.destroy();
});

test('one that is slow has all the time it wants', async () => {
  let bytes = 0;
  const { body } = await fetch(url('/now'));
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
    if (bytes < 2 * PIECE.length) await sleep(STALL / 5);
    bytes += part.length;
  }
  expect(bytes).toBe(PIECES * PIECE.length);
});

test('one that waits for lines that take long is not taken for gone', async () => {
  expect((await (await fetch(url('/late'))).text()).length).toBe(PIECES * PIECE.length);
});
