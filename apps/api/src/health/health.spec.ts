import { expect, test } from '@jest/globals';
import { testApp } from '../spec-kit/app.js';
import { Readiness } from './readiness.js';

const open = { authorization: undefined };

test('ready says which part is away, and not why', async () => {
  const readiness = new Readiness({
    eventStore: () => Promise.resolve(),
    database: () => Promise.reject(new Error('password of the database')),
  });
  const it = await testApp({ readiness });
  const ready = await it.send({ method: 'GET', url: '/health/ready', headers: open });
  expect([ready.status, ready.headers['retry-after'], ready.json]).toEqual([
    503,
    '2',
    { status: 'unavailable', parts: { eventStore: 'ok', database: 'unavailable' } },
  ]);
  const live = await it.send({ method: 'GET', url: '/health/live', headers: open });
  expect([live.status, live.json]).toEqual([200, { status: 'ok' }]);
  await it.app.close();
});

test('a part that does not answer in time is away', async () => {
  const never = new Promise<void>(() => undefined);
  expect(await new Readiness({ vault: () => never }).check()).toEqual({
    status: 'unavailable',
    parts: { vault: 'unavailable' },
  });
});

test('however many ask at once, each part is asked once', async () => {
  let asked = 0;
  const answer = Promise.withResolvers<undefined>();
  const readiness = new Readiness({
    database: async () => {
      asked++;
      await answer.promise;
    },
  });
  const asking = Array.from({ length: 100 }, () => readiness.check());
  answer.resolve(undefined);
  expect(new Set((await Promise.all(asking)).map(({ status }) => status))).toEqual(new Set(['ok']));
  expect(asked).toBe(1);
  expect([(await readiness.check()).status, asked]).toEqual(['ok', 2]);
});
