import { randomUUID } from 'node:crypto';
import { type AddressInfo } from 'node:net';
import { KeyServiceFault, MemoryKeyService } from '@candor/crypto';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { PgVault } from '@candor/vault';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Metrics } from './metrics.js';
import { metricsAddress, serveMetrics } from './serve.js';

let database: TestPostgres;
let service: MemoryKeyService;
let vault: PgVault;
let metrics: Metrics;
let log: string;

beforeAll(async () => {
  database = await startPostgres();
  service = new MemoryKeyService();
  metrics = new Metrics();
  vault = PgVault.open(database.vaultUrl, service, { meter: metrics.vaultMeter, entries: 3 });
  metrics.watch(vault);
  log = randomUUID();
  await vault.createLog(log, 'tenant');
});
afterAll(async () => {
  await vault.close();
  await database.stop();
});

const requestFor = (name: string) => ({
  log,
  subject: { kind: 'recipient', value: `${name}@example.org` } as const,
  retention: 'delivery',
  period: '2026-11',
});

/** The value of a line, by its beginning. */
async function told(line: string): Promise<number | undefined> {
  const found = (await metrics.text()).split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

test('what was made, found, kept and given up is told', async () => {
  // One by one, so that it is known which one a cache of three gives up.
  for (const name of ['a', 'b', 'c', 'd']) await vault.dataKeys([requestFor(name)]);
  await vault.dataKeys(['d', 'a'].map(requestFor));
  expect(await told('candor_vault_data_keys_total{how="made"}')).toBe(4);
  expect(await told('candor_vault_data_keys_total{how="found"}')).toBe(1);
  expect(await told('candor_vault_data_keys_batch_count')).toBe(5);
  expect(await told('candor_vault_data_keys_batch_bucket{le="1"}')).toBe(5);
  expect(await told('candor_vault_cache_hits_total{cache="sealing"}')).toBe(1);
  expect(await told('candor_vault_cache_misses_total{cache="sealing"}')).toBe(5);
  expect(await told('candor_vault_cache_evictions_total{cache="sealing"}')).toBe(2);
  expect(await told('candor_vault_cache_entries{cache="sealing"}')).toBe(3);
  expect(await told('candor_key_service_call_seconds_count{operation="unwrap",outcome="done"}')).toBe(1);
  expect(await told('candor_key_service_keys_total{operation="unwrap"}')).toBe(1);
});

test('a call that fails is told by its reason, and a lost key as one', async () => {
  jest.spyOn(service, 'wrap').mockRejectedValueOnce(new KeyServiceFault('unavailable', 'no answer'));
  await expect(vault.createLog(randomUUID(), 'tenant')).rejects.toMatchObject({ name: 'VaultUnavailable' });
  const failed = 'candor_key_service_call_seconds_count{operation="wrap",outcome="unavailable"}';
  expect(await told(failed)).toBe(1);
  // Where nothing has failed yet that is said: an alert sees the first fault as growth.
  const refused = 'candor_key_service_call_seconds_count{operation="unwrap",outcome="refused"}';
  expect(await told(refused)).toBe(0);
  expect(await told('candor_vault_lost_keys_total')).toBe(0);
  await vault.openKeys(log, [randomUUID()]);
  expect(await told('candor_vault_lost_keys_total')).toBe(1);
});

test('orders of erasure are counted', async () => {
  expect(await told('candor_vault_erasure_orders')).toBe(0);
  const why = { rule: 'erasure', ground: 'objection', again: false } as const;
  const order = { event: randomUUID(), log, keys: [randomUUID()], retention: null, period: null };
  await vault.erasures.applyErasure(0n, { ...order, ...why });
  while ((await told('candor_vault_erasure_orders')) !== 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
});

test('how far erasures and lapses are behind, and who waits for a turn, is told', async () => {
  expect(await told('candor_erasures_unfinished')).toBe(0);
  metrics.erasureMeter.unfinished(3, 90);
  metrics.erasureMeter.lapses(2, 1_800_000_000_500);
  expect(await told('candor_erasures_unfinished')).toBe(3);
  expect(await told('candor_erasure_oldest_seconds')).toBe(90);
  expect(await told('candor_lapses_due')).toBe(2);
  expect(await told('candor_lapses_looked_at_seconds')).toBe(1_800_000_000);
  let end = (): void => undefined;
  const turn = () => new Promise<void>((resolve) => (end = resolve));
  const turns = [vault.erasures.inTurn('a', turn), vault.erasures.inTurn('a', () => Promise.resolve())];
  expect(await told('candor_vault_turns')).toBe(2);
  while ((await told('candor_vault_turns')) === 2) {
    end();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(turns);
  expect(await told('candor_vault_turns')).toBe(0);
});

test('no line has an id, an address or a time of its own, and labels have few values', async () => {
  const text = await new Metrics().withProcess().text();
  const all = `${text}\n${await metrics.text()}`;
  expect(all).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}|@|example\.org/);
  expect(all).not.toContain(log);
  const labels = new Set([...(await metrics.text()).matchAll(/(\w+)="/g)].map(([, name]) => name));
  expect([...labels].toSorted()).toEqual(['cache', 'how', 'le', 'operation', 'outcome']);
});

test('it is served on a listener of its own, on loopback, and nothing else is', async () => {
  expect(metricsAddress({ CANDOR_METRICS_HOST: '127.0.0.1' })).toBeUndefined();
  const server = await serveMetrics(metrics, { host: '127.0.0.1', port: 0 });
  const { port, address } = server.address() as AddressInfo;
  expect(address).toBe('127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  const answer = await fetch(`${url}/metrics`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/plain; version=0.0.4'),
  ]);
  expect(await answer.text()).toContain('# TYPE candor_key_service_call_seconds histogram');
  expect((await fetch(`${url}/health`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
  server.close();
});
