import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testApp, type TestApp } from '../../spec-kit/app.js';
import { acceptsGzip } from './compression.js';

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

let it: TestApp;
beforeAll(async () => {
  it = await testApp();
});
afterAll(() => it.app.close());

test('a long answer is packed for those who can unpack it', async () => {
  const inject = (accept: string) =>
    it.app
      .getHttpAdapter()
      .getInstance()
      .inject({ url: '/openapi.json', headers: { 'accept-encoding': accept } });
  const packed = await inject('gzip');
  const plain = await inject('identity');
  expect([packed.headers['content-encoding'], plain.headers['content-encoding']]).toEqual([
    'gzip',
    undefined,
  ]);
  expect(packed.headers.vary).toBe('Accept-Encoding');
  expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.payload);
});
