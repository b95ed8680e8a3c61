import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { testApp, type TestApp } from '../../spec-kit/app.js';
import { EmptyViews } from '../../spec-kit/empty-views.js';
import { InFlight } from './in-flight.js';

let it: TestApp | undefined;
afterEach(() => it?.app.close());

test('a request that was opened before is waited for, and none that came later', async () => {
  const inFlight = new InFlight();
  expect(inFlight.settled()).toBeUndefined();
  const [first, second] = [new EventEmitter(), new EventEmitter()];
  inFlight.begin(first);
  let settled = false;
  const waited = inFlight.settled()?.then(() => {
    settled = true;
  });
  inFlight.begin(second);
  await turn();
  expect(settled).toBe(false);
  first.emit('close');
  await waited;
  expect(settled).toBe(true);
  expect(inFlight.settled()).toBeDefined();
  second.emit('close');
  await turn();
  expect(inFlight.settled()).toBeUndefined();
});

test('one that does not end is waited for no longer than it may take', async () => {
  const inFlight = new InFlight();
  inFlight.begin(new EventEmitter());
  await inFlight.settled(20);
});

test('every request of the app counts from its head to its answer', async () => {
  let answer = (): void => undefined;
  class SlowViews extends EmptyViews {
    override tenants() {
      return new Promise<Awaited<ReturnType<EmptyViews['tenants']>>>((resolve) => {
        answer = () => {
          resolve({ tenants: [], next: null, size: 0 });
        };
      });
    }
  }
  const inFlight = new InFlight();
  it = await testApp({ views: new SlowViews(), inFlight });
  const answered = it.send({ method: 'GET', url: '/v1/tenants' });
  while (inFlight.settled() === undefined) await turn();
  const settled = inFlight.settled();
  await turn();
  answer();
  expect((await answered).status).toBe(200);
  await settled;
  while (inFlight.settled() !== undefined) await turn();
});
