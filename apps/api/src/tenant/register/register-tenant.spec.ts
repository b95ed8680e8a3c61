import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { b64, slotKey } from '@candor/crypto';
import { Codec, type EventLog, Executor, MemoryLog } from '@candor/event-store';
import { MemoryVault } from '@candor/vault';
import { FaultyLog } from '../../spec-kit/faulty-log.js';
import { testApp, type TestApp } from '../../spec-kit/app.js';

let it: TestApp;
beforeAll(async () => {
  it = await testApp();
});
afterAll(() => it.app.close());

const body = { legalName: 'Beispiel GmbH', country: 'DE', role: 'controller', dataRegion: 'eu' };

test('a registration is answered with the tenant and its first entry, and the same when it is sent again', async () => {
  const headers = { 'idempotency-key': 'first' };
  const first = await it.send({ method: 'POST', url: '/v1/tenants', body, headers });
  expect(first.status).toBe(201);
  expect(first.json).toMatchObject({ events: [{ type: 'tenant.registered' }] });
  expect(first.headers['candor-position']).toMatch(/^[\w-]{22}$/);
  const again = await it.send({ method: 'POST', url: '/v1/tenants', body, headers });
  expect(again.status).toBe(201);
  expect(again.json).toEqual(first.json);
  expect(again.headers['candor-position']).toBe(first.headers['candor-position']);
});

test('a tenant is given the key of the slot that its entry 0 names, and no other', async () => {
  const { json } = await it.send({ method: 'POST', url: '/v1/tenants', body });
  const anchor = json['anchor'] as { slot: number; slotKey: string };
  for await (const stored of it.log.readStream(`tenant-${String(json['tenant'])}`)) {
    const entry = JSON.parse(Buffer.from(stored.data).toString()) as { body: { slot: number } };
    expect(anchor.slot).toBe(entry.body.slot);
  }
  expect(anchor.slotKey).toBe(b64(slotKey(await it.vault.platformSecret('slots'), anchor.slot)));
});

test('a registration that is refused stores nothing, and takes no slot', async () => {
  const log = new MemoryLog();
  const app = await testApp({ log });
  const before = await streams(log);
  const refused = await app.send({
    method: 'POST',
    url: '/v1/tenants',
    // Normalised it is an address; an entry does not hold it so.
    body: { ...body, breachContact: ' a@example.org ' },
    headers: { 'idempotency-key': 'refused' },
  });
  expect([refused.status, refused.json]).toMatchObject([422, { code: 'input.invalid' }]);
  expect(await streams(log)).toEqual(before);
  await app.app.close();
});

describe('a register number', () => {
  const send = (number: string, key: string, more = {}) =>
    it.send({
      method: 'POST',
      url: '/v1/tenants',
      body: { ...body, registerNumber: number, ...more },
      headers: { 'idempotency-key': key },
    });

  test('is of one tenant, however it is written; the one that has it may ask again', async () => {
    const first = await send('HRB 20417', 'one');
    expect(first.status).toBe(201);
    const before = await streams(it.log);
    for (const again of ['HRB 20417', 'hrb20417', ' HRB\u00a020417'])
      expect(await send(again, `other-${again.length}`)).toMatchObject({
        status: 409,
        json: { code: 'tenant.register-number-taken' },
      });
    expect(await streams(it.log)).toEqual(before);
    expect((await send('HRB 20417', 'one')).json).toEqual(first.json);
    expect((await send('HRB 20417', 'elsewhere', { country: 'AT' })).status).toBe(201);
  });

  test('that two register at once goes to one of them', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const before = await streams(it.log);
    const answers = await Promise.all(keys.map((key) => send('HRB 5', key)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
    const after = await streams(it.log);
    expect((after['tenant-'] ?? 0) - (before['tenant-'] ?? 0)).toBe(1);
    expect((after['slot-'] ?? 0) - (before['slot-'] ?? 0)).toBe(1);
  });

  test('is not claimed by a tenant that has its first entry, whatever is sent under its key once that is forgotten', async () => {
    const key = 'long-ago';
    const first = await send('HRB 61', key);
    const later = await testApp({ log: it.log, vault: it.vault });
    const registerNumber = 'HRB 62';
    const again = { method: 'POST', url: '/v1/tenants', body: { ...body, registerNumber } } as const;
    const answer = await later.send({ ...again, headers: { 'idempotency-key': key } });
    expect(answer.json['tenant']).toBe(first.json['tenant']);
    expect((await send(registerNumber, 'its-own')).status).toBe(201);
    expect((await send('HRB 61', 'not-its-own')).status).toBe(409);
    await later.app.close();
  });

  test('is nobody’s where none was given', async () => {
    const none = await Promise.all(
      ['g', 'h'].map((key) =>
        it.send({ method: 'POST', url: '/v1/tenants', body, headers: { 'idempotency-key': key } }),
      ),
    );
    expect(none.map(({ status }) => status)).toEqual([201, 201]);
  });
});

describe('a registration that was cut off', () => {
  const cuts = ['slot-', 'tenant-'].flatMap((prefix) =>
    (['before', 'after'] as const).map((moment) => ({ prefix, moment })),
  );
  test.each(cuts)('at $prefix, $moment it was stored, is completed by sending it again', async (cut) => {
    const log = new MemoryLog();
    const vault = new MemoryVault();
    const living = await testApp({ log, vault });
    // Another process over the same log and vault, which dies.
    const dyingLog = new FaultyLog(log);
    const executor = new Executor(dyingLog, new Codec(vault));
    const dying = await testApp({ ...living.parts, log: dyingLog, executor });
    const request = {
      method: 'POST',
      url: '/v1/tenants',
      body,
      headers: { 'idempotency-key': 'cut' },
    } as const;
    dyingLog.diesAt = cut;
    expect((await dying.send(request)).status).toBe(500);
    expect(dyingLog.dead).toBe(true);
    const first = await living.send(request);
    expect(first.status).toBe(201);
    expect((await living.send(request)).json).toEqual(first.json);
    expect(await streams(log)).toEqual({ 'slot-': 2, 'tenant-': 1 });
    await Promise.all([living.app.close(), dying.app.close()]);
  });
});

async function streams(log: EventLog): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = { 'slot-': 0, 'tenant-': 0 };
  for await (const { stream } of log.readAll())
    for (const prefix of Object.keys(found))
      if (stream.startsWith(prefix)) found[prefix] = (found[prefix] ?? 0) + 1;
  return found;
}
