import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { fastify } from 'fastify';
import { acceptsGzip, compressAnswers } from './compression.js';

test.each([
  ['gzip', true],
  ['br, gzip;q=0.5', true],
  ['*', true],
  ['gzip;q=0', false],
  ['gzip;q=0, *', false],
  ['br', false],
  ['', false],
  ['gzip;q=x', false],
])('"%s" accepts gzip: %s', (header, accepted) => {
  expect(acceptsGzip(header)).toBe(accepted);
});

test('a long answer is packed for those who can unpack it', async () => {
  const instance = fastify();
  compressAnswers(instance);
  const text = 'a long text '.repeat(1_000);
  instance.get('/', () => text);
  const inject = (accept: string) => instance.inject({ url: '/', headers: { 'accept-encoding': accept } });
  const packed = await inject('gzip');
  const plain = await inject('identity');
  expect([packed.headers['content-encoding'], plain.headers['content-encoding']]).toEqual([
    'gzip',
    undefined,
  ]);
  expect(packed.headers.vary).toBe('Accept-Encoding');
  expect([gunzipSync(packed.rawPayload).toString(), plain.payload]).toEqual([text, text]);
  await instance.close();
});
