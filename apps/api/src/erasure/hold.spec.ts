import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { givenTenant, testApp, type TestApp } from '../spec-kit/app.js';
import { EmptyViews } from '../spec-kit/empty-views.js';

let it: TestApp;
let tenant: string;
let standing = 0;
beforeEach(async () => {
  standing = 0;
  const hold = { hold: randomUUID(), subject: null, class: null };
  const views = Object.assign(new EmptyViews(), {
    holdsOf: () => Promise.resolve({ holds: Array.from({ length: standing }, () => hold), more: false }),
  });
  it = await testApp({ views });
  tenant = await givenTenant(it);
});
afterEach(() => it.app.close());

const place = async (key: string = randomUUID()) => {
  const { status, json } = await it.send({
    method: 'POST',
    url: `/v1/tenants/${tenant}/holds`,
    body: { basis: 'investigation' },
    headers: { 'idempotency-key': key },
  });
  return [status, json['code'] ?? json['hold']];
};
async function placed(): Promise<number> {
  let count = 0;
  for await (const { type } of it.log.readAll()) if (type === 'log.hold-placed') count++;
  return count;
}

test('a hold is not answered while orders may come that have not seen it', async () => {
  const takeBack = await it.vault.erasures.announceOrders(tenant);
  const key = randomUUID();
  expect(await place(key)).toEqual([503, 'hold.orders-under-way']);
  const again = place(key);
  await sleep(300);
  expect(await Promise.race([again, sleep(0, 'waiting')])).toBe('waiting');
  await takeBack();
  expect((await again)[0]).toBe(201);
  expect(await placed()).toBe(1);
});

test('more than 5,000 do not stand: then one would be the first that nobody sees', async () => {
  standing = 4_999;
  expect((await place())[0]).toBe(201);
  standing = 5_000;
  expect(await place()).toEqual([422, 'hold.too-many']);
  expect(await placed()).toBe(1);
});
