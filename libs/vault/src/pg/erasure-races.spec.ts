import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryKeyService } from '@candor/crypto';
import { type KeyRequest, VaultUnavailable } from '@candor/event-store';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, Pool } from 'pg';
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
  rule: 'erasure' as const,
  ground: 'objection' as const,
  again: false,
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
});

describe('whoever has a living key is found', () => {
  const value = 'ada@example.org';
  let other: Client;
  let ada: string;
  beforeEach(async () => {
    other = new Client({ connectionString: postgres.ownerUrl });
    await other.connect();
    [ada = ''] = await open().subjects(log, [{ kind: 'recipient', value }]);
  });
  afterEach(() => other.end());

  const isWaitedFor = async (): Promise<void> => {
    const blocked = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'candor-vault'`;
    while ((await pool.query(blocked)).rows.length === 0) await sleep(10);
  };

  test('when a key is made while an erasure deletes the subject', async () => {
    await other.query('BEGIN');
    await other.query('SELECT FROM vault.subject WHERE subject = $1 FOR UPDATE', [ada]);
    const address = { kind: 'recipient', value } as const;
    const made = open().dataKeys([{ ...requestFor(value), subject: { subject: ada }, address }]);
    await isWaitedFor();
    await other.query('DELETE FROM vault.subject WHERE subject = $1', [ada]);
    await other.query('COMMIT');
    await made;
    expect(await open().findSubjects(log, { address: value })).toEqual([{ subject: ada, kind: 'recipient' }]);
  });

  test('when an erasure begins while a key is made', async () => {
    const [key] = await open().dataKeys([requestFor(value)]);
    const old = key?.keyId ?? '';
    await other.query('BEGIN');
    await other.query(
      `INSERT INTO vault.data_key (key_id, log, subject, retention, period, g, wrapped)
       SELECT $1, log, subject, retention, '2026-12', g, wrapped FROM vault.data_key WHERE key_id = $2`,
      [randomUUID(), old],
    );
    await other.query('SELECT FROM vault.subject WHERE subject = $1 FOR KEY SHARE', [ada]);
    const erased = open().erasures.applyErasure(0n, order([old]));
    await isWaitedFor();
    await other.query('COMMIT');
    await erased;
    expect(await statesOf([old])).toEqual(['erased']);
    expect(await open().findSubjects(log, { address: value })).toEqual([{ subject: ada, kind: 'recipient' }]);
  });
});

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
});
