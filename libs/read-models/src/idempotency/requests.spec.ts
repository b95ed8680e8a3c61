import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { createPool, type Pool } from '../sql.js';
import { forgetRequests, rememberRequests, type RequestMark } from './requests.js';

let database: TestPostgres;
let api: Pool;

beforeAll(async () => {
  database = await startPostgres();
  api = createPool(database.apiUrl);
});
afterAll(async () => {
  await api.end();
  await database.stop();
});

const mark = (more: Partial<RequestMark> = {}): RequestMark => ({
  command: randomUUID(),
  mac: randomBytes(32),
  expiresAt: new Date(Date.now() + 60_000),
  ...more,
});

test('tells a new request from a repeated one and from another under the same key, in order', async () => {
  const [a, b] = [mark(), mark()];
  expect(await rememberRequests(api, [a])).toEqual(['new']);
  expect(await rememberRequests(api, [b, a, mark({ command: a.command })])).toEqual([
    'new',
    'same',
    'different',
  ]);
  expect(await rememberRequests(api, [])).toEqual([]);
});

test('also within one batch', async () => {
  const a = mark();
  expect(await rememberRequests(api, [a, { ...a }, mark({ command: a.command })])).toEqual([
    'new',
    'same',
    'different',
  ]);
});

test('of many at once, exactly one is new', async () => {
  const a = mark();
  const answers = await Promise.all(Array.from({ length: 20 }, () => rememberRequests(api, [a, mark()])));
  const forA = answers.map(([first]) => first);
  expect(forA.filter((answer) => answer === 'new')).toHaveLength(1);
  expect(forA.filter((answer) => answer === 'same')).toHaveLength(19);
});

test('after its time a key is not compared any more, and is forgotten', async () => {
  const old = mark({ expiresAt: new Date(Date.now() - 1_000) });
  await rememberRequests(api, [old]);
  expect(await rememberRequests(api, [mark({ command: old.command })])).not.toEqual(['different']);
  await rememberRequests(api, [mark({ expiresAt: new Date(Date.now() - 1_000) })]);
  expect(await forgetRequests(api)).toBeGreaterThan(0);
  expect(await forgetRequests(api)).toBe(0);
});
