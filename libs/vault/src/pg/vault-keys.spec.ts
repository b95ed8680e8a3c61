import { randomUUID } from 'node:crypto';
import { MemoryKeyService } from '@candor/crypto';
import type { DataKey, KeyRequest } from '@candor/event-store';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Client, Pool } from 'pg';
import { PgVault } from './pg-vault.js';
import { VaultKeys } from './vault-keys.js';

let postgres: TestPostgres;
let owner: Client;
let pool: Pool;
let keyService: MemoryKeyService;
let keks: Map<number, Uint8Array>;
let keys: VaultKeys;
let opened: PgVault[];
let log: string;

beforeEach(async () => {
  // A database each: the states of its generations are the database's.
  postgres = await startPostgres();
  owner = new Client({ connectionString: postgres.ownerUrl });
  await owner.connect();
  pool = new Pool({ connectionString: postgres.vaultUrl, max: 8 });
  keks = new Map([[1, new Uint8Array(32).fill(1)]]);
  keyService = new MemoryKeyService(keks);
  keys = new VaultKeys(pool, keyService);
  opened = [];
  log = randomUUID();
  await open().createLog(log, 'tenant');
});
afterEach(async () => {
  await Promise.all(opened.map((vault) => vault.close()));
  await owner.end();
  await pool.end();
  await postgres.stop();
});
afterAll(() => {
  jest.restoreAllMocks();
});

function open(options: { readonly entries?: number; readonly now?: () => number } = {}): PgVault {
  const vault = PgVault.open(postgres.vaultUrl, keyService, options);
  opened.push(vault);
  return vault;
}

const requestFor = (value: string, of = log): KeyRequest => ({
  log: of,
  subject: { kind: 'recipient', value },
  retention: 'delivery',
  period: '2026-11',
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const people = (count: number, prefix = 'person') =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}@example.org`);

async function addGeneration(): Promise<number> {
  keks.set(keks.size + 1, new Uint8Array(32).fill(keks.size + 1));
  return keys.current();
}

/** Every key opens to the same bytes for a process that has nothing in memory. */
async function expectAllOpen(made: readonly DataKey[], of = log): Promise<void> {
  const states = await open().openKeys(
    of,
    made.map(({ keyId }) => keyId),
  );
  for (const { keyId, key } of made) expect(states.get(keyId)).toEqual({ state: 'present', key });
}

describe('a rotation', () => {
  test('gives every key and secret another wrap of the same bytes, in batches', async () => {
    const vault = open();
    const logs = [log, ...Array.from({ length: 6 }, () => randomUUID())];
    for (const one of logs.slice(1)) await vault.createLog(one, 'tenant');
    const slots = await vault.platformSecret('slots');
    const made = new Map<string, readonly DataKey[]>();
    for (const one of logs)
      made.set(one, await vault.dataKeys(people(20).map((person) => requestFor(person, one))));
    const secrets = await Promise.all(logs.map((one) => vault.secrets(one)));
    const wrap = jest.spyOn(keyService, 'wrap');
    const unwrap = jest.spyOn(keyService, 'unwrap');

    expect(await addGeneration()).toBe(2);
    expect(await keys.retire(1)).toBe(2);
    const batches: number[] = [];
    expect(await keys.rewrap(1, { batch: 64, progress: (count) => batches.push(count) })).toEqual([]);

    // 2 secrets of 8 logs and one more; 7 × 20 keys.
    expect(batches).toEqual([17, 64, 64, 12]);
    expect(await keys.list()).toEqual([
      { g: 1, state: 'drained', wraps: 0, rewrapped: 157 },
      { g: 2, state: 'open', wraps: 157, rewrapped: 0 },
    ]);
    // All logs at once, and not one by one: new keys made, and fetched; old ones fetched as batches need them.
    expect(wrap).toHaveBeenCalledTimes(1);
    expect(unwrap.mock.calls.length).toBeLessThanOrEqual(10);
    keks.delete(1);
    for (const one of logs) await expectAllOpen(made.get(one) ?? [], one);
    expect(await Promise.all(logs.map((one) => open().secrets(one)))).toEqual(secrets);
    expect(await open().platformSecret('slots')).toEqual(slots);
  });

  test('under the load of many writers and readers loses nothing', async () => {
    // What takes a minute takes 0.3 s.
    const now = () => performance.now() * 200;
    const vaults = Array.from({ length: 6 }, () => open({ entries: 50, now }));
    const made = new Map<string, DataKey>();
    const stopping = new AbortController();
    const writer = async (vault: PgVault, n: number) => {
      for (let i = 0; !stopping.signal.aborted; i++) {
        const names = people(25, `w${n % 3}-${i}-`);
        const found = await vault.dataKeys(names.map((name) => requestFor(name)));
        names.forEach((name, at) => {
          const [before, now] = [made.get(name), found[at]];
          if (now !== undefined) made.set(name, now);
          if (before !== undefined) expect(now).toEqual(before);
        });
        await pause(10);
      }
    };
    const reader = async (vault: PgVault) => {
      while (!stopping.signal.aborted) {
        const some = [...made.values()].toSorted(() => Math.random() - 0.5).slice(0, 100);
        const states = await vault.openKeys(
          log,
          some.map(({ keyId }) => keyId),
        );
        for (const { keyId, key } of some) expect(states.get(keyId)).toEqual({ state: 'present', key });
        await pause(10);
      }
    };
    const work = Promise.all([
      ...vaults.slice(0, 4).map(writer),
      ...vaults.slice(4).map((vault) => reader(vault)),
    ]);
    work.catch(() => undefined);
    for (let g = 1; g <= 2; g++) {
      await pause(200);
      await addGeneration();
      await keys.retire(g);
      // Two rotators, each in batches of its own.
      const both = [keys, new VaultKeys(pool, keyService)];
      await Promise.all(both.map((one, n) => one.rewrap(g, { batch: 150 + 73 * n })));
      expect((await keys.list()).find((one) => one.g === g)).toMatchObject({ state: 'drained', wraps: 0 });
      keks.delete(g);
      keks.set(g, new Uint8Array(32).fill(99));
    }
    stopping.abort();
    await work;
    expect(made.size).toBeGreaterThan(100);
    await expectAllOpen([...made.values()]);
    const total = (await keys.list()).reduce((sum, { rewrapped }) => sum + rewrapped, 0);
    expect(total).toBeGreaterThan(100);
  });

  test('goes on where it was left, whichever step was the last', async () => {
    const made = await open().dataKeys(people(300).map((person) => requestFor(person)));
    await addGeneration();
    const interrupted = async (after: number) => {
      let count = 0;
      const signal = new AbortController();
      const run = new VaultKeys(pool, keyService).rewrap(1, {
        batch: 50,
        signal: signal.signal,
        progress: () => {
          if (++count === after) signal.abort(new Error('killed'));
        },
      });
      await expect(run).rejects.toThrow('killed');
    };
    await expect(keys.rewrap(1)).rejects.toThrow('retire it first');
    await keys.retire(1);
    expect(await keys.retire(1)).toBe(2);
    for (let i = 0; i < 3; i++) await interrupted(2);
    expect(await keys.rewrap(1)).toEqual([]);
    expect(await keys.rewrap(1)).toEqual([]);
    expect(await keys.retire(1)).toBe(2);
    keks.delete(1);
    await expectAllOpen(made);
  });

  test('stores nothing of a batch whose wraps do not open', async () => {
    const made = await open().dataKeys(people(10).map((person) => requestFor(person)));
    await addGeneration();
    await keys.retire(1);
    await owner.query(`CREATE FUNCTION vault.damage() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.wrapped := set_byte(NEW.wrapped, 20, 255 - get_byte(NEW.wrapped, 20)); RETURN NEW; END $$`);
    await owner.query(
      'CREATE TRIGGER damage BEFORE UPDATE ON vault.data_key FOR EACH ROW EXECUTE FUNCTION vault.damage()',
    );
    await expect(keys.rewrap(1)).rejects.toThrow();
    await owner.query('DROP TRIGGER damage ON vault.data_key');
    await expectAllOpen(made);
    expect(await keys.rewrap(1)).toEqual([]);
    await expectAllOpen(made);
  });

  test('steps over a key that does not open, tells it, and is not over while it is there', async () => {
    const made = await open().dataKeys(people(30).map((person) => requestFor(person)));
    const broken = made[7]?.keyId ?? '';
    const damage = (byte: string) =>
      owner.query(`UPDATE vault.data_key SET wrapped = set_byte(wrapped, 20, ${byte}) WHERE key_id = $1`, [
        broken,
      ]);
    await damage('255 - get_byte(wrapped, 20)');
    await addGeneration();
    await keys.retire(1);
    expect(await keys.rewrap(1, { batch: 4 })).toEqual([{ log, name: broken }]);
    expect(await keys.rewrap(1, { batch: 1 })).toEqual([{ log, name: broken }]);
    expect(await keys.list()).toMatchObject([{ g: 1, state: 'draining', wraps: 1 }, { g: 2 }]);
    await damage('255 - get_byte(wrapped, 20)');
    expect(await keys.rewrap(1)).toEqual([]);
    expect(await keys.list()).toMatchObject([{ g: 1, state: 'drained', wraps: 0 }, { g: 2 }]);
    await expectAllOpen(made);
  });

  test('brings back nothing that is erased meanwhile', async () => {
    const made = await open().dataKeys(people(200).map((person) => requestFor(person)));
    await addGeneration();
    await keys.retire(1);
    const gone = made.filter((_, i) => i % 3 === 0).map(({ keyId }) => keyId);
    const erasing = (async () => {
      for (const keyId of gone) await owner.query('DELETE FROM vault.data_key WHERE key_id = $1', [keyId]);
    })();
    await Promise.all([keys.rewrap(1, { batch: 10 }), erasing]);
    const { rows } = await owner.query('SELECT FROM vault.data_key WHERE key_id = ANY ($1)', [gone]);
    expect(rows).toEqual([]);
    await expectAllOpen(made.filter(({ keyId }) => !gone.includes(keyId)));
  });
});

describe('a process that had the old generation in memory', () => {
  test('goes on with the next one, also for a log and a secret that the next one has nothing of yet', async () => {
    const other = randomUUID();
    const vault = open();
    await vault.createLog(other, 'tenant');
    // It knows generation 2, but the log has no wrapping key of it.
    await addGeneration();
    const stale = open();
    await stale.dataKeys([requestFor('before@example.org')]);
    await addGeneration();
    await keys.retire(1);
    await keys.retire(2);
    const [key] = await stale.dataKeys([requestFor('other@example.org', other)]);
    const { rows } = await owner.query('SELECT g FROM vault.data_key WHERE key_id = $1', [key?.keyId]);
    expect(rows).toEqual([{ g: 3 }]);
    expect(await stale.platformSecret('slots')).toHaveLength(32);
    await expect(stale.dataKeys([requestFor('x@example.org', randomUUID())])).rejects.toMatchObject({
      name: 'UnknownLog',
    });
  });

  test('does not wrap under it in the moment in which it is closed', async () => {
    const vaults = [open(), open(), open()];
    for (const vault of vaults) await vault.dataKeys([requestFor('first@example.org')]);
    await addGeneration();
    const making = vaults.map((vault, n) =>
      vault.dataKeys(people(500, `moment${n}`).map((person) => requestFor(person))),
    );
    await keys.retire(1);
    const closedAt = (await keys.list())[0]?.wraps;
    const made = (await Promise.all(making)).flat();
    expect((await keys.list())[0]?.wraps).toBe(closedAt);
    await keys.rewrap(1);
    await expectAllOpen(made);
  });
});

describe('the states', () => {
  test('follow one another, and no step is taken before it is due', async () => {
    await expect(keys.retire(1)).rejects.toThrow('No later key generation than 1 is open.');
    await expect(keys.retire(7)).rejects.toThrow('No later');
    await addGeneration();
    await expect(keys.beginDestroying(1)).rejects.toThrow('The key generation 1 is open');
    await keys.retire(1);
    await expect(keys.beginDestroying(1)).rejects.toThrow('is draining: it cannot become destroying yet');
    await keys.rewrap(1);
    await expect(keys.endDestroying(1)).rejects.toThrow('is drained');
    await keys.beginDestroying(1);
    await keys.beginDestroying(1);
    await keys.endDestroying(1);
    await keys.endDestroying(1);
    await keys.beginDestroying(1);
    expect(await keys.list()).toMatchObject([
      { g: 1, state: 'destroyed' },
      { g: 2, state: 'open' },
    ]);
    await expect(keys.rewrap(9)).rejects.toThrow('There is no key generation 9.');
  });
});
