import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LogUnavailable } from '@candor/event-store';
import { type FastifyInstance, fastify } from 'fastify';
import { pino } from 'pino';
import { limitAnswerTime } from './answer-time.js';
import { sendLines } from './lines.js';

/** Longer than a busy machine keeps a reader waiting. */
const STALL = 4_000;
const PIECE = `${'x'.repeat(256 * 1024)}\n`;
/** More than the system keeps for a reader. */
const PIECES = 120;
let instance: FastifyInstance;
let made = 0;
let ended = false;
const told: unknown[] = [];
const logger = pino({ level: 'warn' }, { write: (line: string) => void told.push(JSON.parse(line)) });
beforeEach(() => {
  [made, ended] = [0, false];
  told.length = 0;
});
afterEach(() => instance.close());

async function* lines(pause: number, fault?: Error): AsyncGenerator<string> {
  try {
    for (; made < PIECES; made++) {
      if (made === 1) await sleep(pause);
      if (made === 1 && fault !== undefined) throw fault;
      yield PIECE;
    }
  } finally {
    ended = true;
  }
}

async function serve(stalledAfter: number): Promise<void> {
  instance = fastify();
  limitAnswerTime(instance, stalledAfter);
  instance.get('/now', (_, reply) => sendLines(reply, lines(0), logger));
  instance.get('/late', (_, reply) => sendLines(reply, lines(1.5 * stalledAfter), logger));
  instance.get('/text', () => PIECE.repeat(PIECES));
  instance.get('/away', (_, reply) => sendLines(reply, lines(0, new LogUnavailable('gone')), logger));
  instance.get('/fault', (_, reply) => sendLines(reply, lines(0, new TypeError('ours')), logger));
  await instance.listen({ port: 0, host: '127.0.0.1' });
}

const port = () => (instance.server.address() as AddressInfo).port;
const url = (path: string) => `http://127.0.0.1:${port()}${path}`;

/** Connections that are open. */
const connections = () =>
  new Promise<number>((resolve) => {
    instance.server.getConnections((_, count) => {
      resolve(count);
    });
  });

test.each(['/now', '/text'])(
  'a reader that takes nothing of %s is given up, with its connection and what was made for it',
  async (path) => {
    await serve(1_000);
    const socket = connect(port(), '127.0.0.1').on('error', () => undefined);
    const [served] = (await once(instance.server, 'connection')) as [Socket];
    const closed = once(served, 'close');
    socket.pause().write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await closed;
    expect(await connections()).toBe(0);
    if (path === '/now') while (!ended) await sleep(20);
    expect(made).toBeLessThan(PIECES);
    expect(told).toEqual([]);
    socket.destroy();
  },
  60_000,
);

test('it is given up in the time that is said: looked at after half of it, and after that once more at most', async () => {
  await serve(STALL);
  const socket = connect(port(), '127.0.0.1').on('error', () => undefined);
  const [served] = (await once(instance.server, 'connection')) as [Socket];
  socket.pause().write('GET /now HTTP/1.1\r\nHost: x\r\n\r\n');
  while (made === 0) await sleep(20);
  expect(served.timeout).toBe(STALL / 2);
  socket.destroy();
});

test('one that is slow has all the time it wants', async () => {
  await serve(STALL);
  let pauses = 10;
  let bytes = 0;
  const { body } = await fetch(url('/now'));
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
    if (pauses-- > 0) await sleep(STALL / 8);
    bytes += part.length;
  }
  expect(bytes).toBe(PIECES * PIECE.length);
});

test('one that waits for lines that take long is not taken for gone', async () => {
  await serve(STALL);
  expect((await (await fetch(url('/late'))).text()).length).toBe(PIECES * PIECE.length);
});

test.each([
  ['/away', { level: 40, code: 'store.unavailable', route: '/away', msg: 'an answer was cut off' }],
  ['/fault', { level: 50, err: { message: 'ours' }, route: '/fault', msg: 'a fault cut an answer off' }],
])(
  'what cuts an answer off when it has begun is told to the operator: %s',
  async (path, line) => {
    await serve(STALL);
    const answer = await fetch(url(path));
    await expect(answer.text()).rejects.toThrow();
    expect([answer.status, told]).toMatchObject([200, [line]]);
  },
  60_000,
);
