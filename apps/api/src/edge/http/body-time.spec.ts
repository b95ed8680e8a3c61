import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { installBodyParsers } from './body-parsers.js';
import { limitBodyTime } from './body-time.js';

const TIME = 300;
/** More than a busy machine keeps a process waiting. */
const AMPLE = 20_000;
let instance: FastifyInstance;
let patient: FastifyInstance;
let handled = 0;
async function withTime(time: number): Promise<FastifyInstance> {
  const one = fastify();
  installBodyParsers(one);
  limitBodyTime(one, time);
  one.post('/', (request, reply) => {
    handled++;
    if (request.body instanceof Uint8Array) return { bytes: request.body.length };
    return reply.send(request.body);
  });
  await one.listen({ port: 0, host: '127.0.0.1' });
  return one;
}
beforeAll(async () => {
  [instance, patient] = [await withTime(TIME), await withTime(AMPLE)];
});
afterAll(async () => {
  await instance.close();
  await patient.close();
});

/** Sends a request whose body comes in two parts, and answers what comes back until the connection ends. */
async function send(contentType: string, pause: number, to = instance): Promise<string> {
  const socket = connect((to.server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  const closed = new Promise<void>((resolve) =>
    socket
      .on('error', () => undefined)
      .once('close', () => {
        resolve();
      }),
  );
  socket.write(
    `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${contentType}\r\nContent-Length: 2\r\n\r\n{`,
  );
  await sleep(pause);
  socket.write('}');
  await closed;
  return answer;
}

test('the body of a command that does not come in time is refused, and never handled', async () => {
  handled = 0;
  const answer = await send('application/json', 3 * TIME);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('"code":"request.timeout"');
  expect(handled).toBe(0);
});

test('one that is slow but in time is taken', async () => {
  expect(await send('application/json', TIME / 6, patient)).toMatch(/^HTTP\/1\.1 200 [^]*\{"bytes":2\}$/);
});

test('a connection whose request was answered without its body goes on', async () => {
  const socket = connect((instance.server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  const request = (path: string, type: string) =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 2\r\n\r\n`;
  socket.write(request('/none', 'text/plain'));
  await sleep(3 * TIME);
  expect(answer).toMatch(/^HTTP\/1\.1 (?:404|415) /);
  socket.write(`{}${request('/', 'application/json')}{}`);
  while (!answer.includes('{"bytes":2}')) await sleep(10);
  // The time of a request that was answered is over.
  await sleep(2 * TIME);
  expect([answer.match(/HTTP\/1\.1 /g)?.length, socket.closed]).toEqual([2, false]);
  socket.destroy();
});

test('NDJSON has all the time it wants', async () => {
  expect(await send('application/x-ndjson; charset=utf-8', 3 * TIME)).toMatch(/^HTTP\/1\.1 200 /);
});
