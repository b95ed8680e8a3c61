import { randomUUID } from 'node:crypto';
import { MemoryKeyService } from '@candor/crypto';
import { type KeyRequest, VaultUnavailable } from '@candor/event-store';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Pool } from 'pg';
import { PgVault } from './pg-vault.js';
import { VaultKeys } from './vault-keys.js';

let postgres: TestPostgres;
let pool: Pool;
let keks: Map<number, Uint8Array>;
let service: MemoryKeyService;
let opened: PgVault[];
let log: string;

beforeEach(async () => {
  postgres = await startPostgres();
  pool = new Pool({ connectionString: postgres.vaultUrl, max: 8 });
  keks = new Map([[1, new Uint8Array(32).fill(1)]]);
  service = new MemoryKeyService(keks);
  opened = [];
  log = randomUUID();
  await open().createLog(log, 'tenant');
});
afterEach(async () => {
  await Promise.all(opened.map((vault) => vault.close()));
  await pool.end();
  await postgres.stop();
});

function open(): PgVault {
  const vault = PgVault.open(postgres.vaultUrl, service);
  opened.push(vault);
  return vault;
}
const requestFor = (value: string): KeyRequest => ({
  log,
  subject: { kind: 'recipient', value },
  retention: 'delivery',
  period: '2026-11',
});
const people = Array.from({ length: 300 }, (_, n) => `person${n}@example.org`);
const order = (keys: readonly string[]) => ({
  event: randomUUID(),
  log,
  keys,
  retention: null,
  period: null,
});
const statesOf = async (ids: readonly string[]) =>
  [...(await open().openKeys(log, ids)).values()].map(({ state }) => state);

test('keys that are erased while writers seal under them are erased, whoever had them, and never lost', async () => {
  const writers = [open(), open(), open()];
  const used = new Set<string>();
  let revision = 0n;
  const erased: string[] = [];
  const write = async (vault: PgVault, rounds: number): Promise<void> => {
    for (let n = 0; n < rounds; n++)
      for (const { keyId } of await vault.dataKeys(people.map(requestFor))) used.add(keyId);
  };
  const eraser = open();
  const erase = async (): Promise<void> => {
    // On a slow machine the first key takes a while.
    while (erased.length < 200) {
      const living = await eraser.erasures.livingKeys(log, null);
      const keys = living.slice(0, 40).map(({ keyId }) => keyId);
      if (keys.length > 0) await eraser.erasures.applyErasure(revision++, order(keys));
      erased.push(...keys);
    }
  };
  await Promise.all([...writers.map((writer) => write(writer, 12)), erase()]);
  expect(new Set(await statesOf(erased))).toEqual(new Set(['erased']));
  expect(await statesOf([...used])).not.toContain('lost');
}, 60_000);

/** Two that meet may both have to begin again: nothing was done by halves. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof VaultUnavailable) || attempt === 10) throw error;
    }
}

test('a rotation brings no erased key back, and keeps the others', async () => {
  const vault = open();
  const keys = (await vault.dataKeys(people.map(requestFor))).map(({ keyId }) => keyId);
  const rotation = new VaultKeys(pool, service);
  keks.set(2, new Uint8Array(32).fill(2));
  await rotation.current();
  await rotation.retire(1);
  const gone = keys.slice(0, 150);
  const erase = async (): Promise<void> => {
    for (let n = 0; n < 10; n++)
      await again(() => vault.erasures.applyErasure(BigInt(n), order(gone.slice(n * 15, (n + 1) * 15))));
  };
  await Promise.all([again(() => rotation.rewrap(1)), erase()]);
  expect(new Set(await statesOf(gone))).toEqual(new Set(['erased']));
  expect(new Set(await statesOf(keys.slice(150)))).toEqual(new Set(['present']));
  expect((await rotation.list()).find(({ g }) => g === 1)?.state).toBe('drained');
}, 60_000);
