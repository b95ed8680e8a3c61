import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Codec, Executor, MemoryLog } from '@candor/event-store';
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

describe('a registration that was cut off', () => {
  const cuts = ['slot-', 'tenant-'].flatMap((prefix) =>
    (['before', 'after'] as const).map((fault) => ({ prefix, fault })),
  );
  test.each(cuts)(
    'at $prefix, $fault it was stored, is completed by sending it again',
    async ({ prefix, fault }) => {
      const log = new FaultyLog(new MemoryLog());
      const vault = new MemoryVault();
      const app = await testApp({ log, vault });
      const headers = { 'idempotency-key': 'cut-off' };
      // A process that dies keeps nothing: the next one has another executor, and the same log and vault.
      const dying = await testApp({
        ...app.parts,
        executor: new Executor(log, new Codec(vault), { now: log.clock }),
      });
      log.fault = (stream) => (stream.startsWith(prefix) ? fault : undefined);
      const cut = await dying.send({ method: 'POST', url: '/v1/tenants', body, headers });
      expect([cut.status, cut.headers['retry-after']]).toEqual([503, '2']);
      expect(log.failed).toBeGreaterThan(0);
      log.fault = () => undefined;
      const first = await app.send({ method: 'POST', url: '/v1/tenants', body, headers });
      expect(first.status).toBe(201);
      const again = await app.send({ method: 'POST', url: '/v1/tenants', body, headers });
      expect(again.json).toEqual(first.json);
      expect(await streams(log)).toEqual({ 'slot-': 2, 'tenant-': 1 });
      await Promise.all([app.app.close(), dying.app.close()]);
    },
  );
});

async function streams(log: FaultyLog): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = { 'slot-': 0, 'tenant-': 0 };
  for await (const { stream } of log.readAll())
    for (const prefix of Object.keys(found))
      if (stream.startsWith(prefix)) found[prefix] = (found[prefix] ?? 0) + 1;
  return found;
}
