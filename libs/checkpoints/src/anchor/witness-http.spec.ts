import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AskedWitness } from './anchor-trust.js';
import { latestOfWitness } from './witness-http.js';

let server: Server;
let witness: AskedWitness;
let status: number;

beforeAll(async () => {
  server = createServer((_request, response) => response.writeHead(status).end('note'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  witness = { name: 'w', url: `http://127.0.0.1:${port}` } as AskedWitness;
});
afterAll(() => {
  server.close();
});

const latest = (answered: number): Promise<string | null> => {
  status = answered;
  return latestOfWitness(witness, 'candor.example/anchor');
};

test.each([404, 405, 403])('a witness that answers %i serves no checkpoint', async (answered) => {
  expect(await latest(answered)).toBeNull();
});

test.each([408, 425, 429, 500, 503])('one that answers %i was not asked', async (answered) => {
  await expect(latest(answered)).rejects.toThrow(`${answered}`);
});

test('what one serves is given as it is', async () => {
  expect(await latest(200)).toBe('note');
});
