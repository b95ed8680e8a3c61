import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Codec, decodeEntry } from '@candor/event-store';
import { givenTenant, testApp, type TestApp } from '../../spec-kit/app.js';

let it: TestApp;
let tenant: string;
beforeAll(async () => {
  it = await testApp();
  tenant = await givenTenant(it);
});
afterAll(() => it.app.close());

const change = (body: object) => it.send({ method: 'PATCH', url: `/v1/tenants/${tenant}`, body });

async function lastBody(): Promise<unknown> {
  let last: unknown;
  for await (const stored of it.log.readStream(`tenant-${tenant}`)) {
    const [recorded] = await new Codec(it.vault).open([decodeEntry(stored)], 'verified');
    last = recorded?.event.body;
  }
  return last;
}

test('what is absent stays, and null takes away', async () => {
  expect((await change({ breachContact: 'alarm@example.org', registerNumber: 'HRB 1' })).status).toBe(200);
  expect(await lastBody()).toMatchObject({ legalName: 'Beispiel GmbH', breachContact: 'alarm@example.org' });
  expect((await change({ breachContact: null })).status).toBe(200);
  expect(await lastBody()).toEqual({
    changed: ['breachContact'],
    legalName: 'Beispiel GmbH',
    registerNumber: 'HRB 1',
    country: 'DE',
    breachContact: null,
  });
});

test('what changes nothing stores nothing', async () => {
  const answer = await change({ country: 'DE' });
  expect([answer.status, answer.json['events']]).toEqual([200, []]);
});
