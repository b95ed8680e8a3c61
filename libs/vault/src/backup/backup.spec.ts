import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryKeyService } from '@candor/crypto';
import type { DataKey } from '@candor/event-store';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, Pool } from 'pg';
import { PgVault } from '../pg/pg-vault.js';
import { VaultKeys } from '../pg/vault-keys.js';
import { readBackup } from './read-backup.js';
import { restoreBackup } from './restore-backup.js';
import { BACKUP_TABLES } from './tables.js';
import { verifyBackup } from './verify-backup.js';

/** More than one part of a file, and than one statement. */
const PEOPLE = 2_100;
const VALUE = 'somebody.known@example.org';
const NAME = 'Somebody Known';
const takenAt = new Date('2026-11-20T12:00:00.000Z');
const nothing = () => Promise.resolve();

let from: TestPostgres;
let folder: string;
let file: string;
let pool: Pool;
const keyService = new MemoryKeyService(new Map([[1, new Uint8Array(32).fill(1)]]));
let log: string;
let keys: VaultKeys;
let made: readonly DataKey[];
let rowsWritten: number;

beforeAll(async () => {
  from = await startPostgres();
  pool = new Pool({ connectionString: from.vaultUrl, max: 2 });
  keys = new VaultKeys(pool, keyService);
  folder = await mkdtemp(join(tmpdir(), 'candor-backup-'));
  log = randomUUID();
  const vault = new PgVault(pool, keyService);
  await vault.createLog(log, 'tenant');
  await vault.platformSecret('slots');
  await vault.reserveSlot(log);
  const people = [VALUE, ...Array.from({ length: PEOPLE - 1 }, (_, i) => `p${i}@example.org`)];
  made = await vault.dataKeys(
    people.map((value) => ({
      log,
      subject: { kind: 'recipient', value } as const,
      retention: 'delivery',
      period: '2026-11',
      names: [NAME],
    })),
  );
  const gone = made.slice(-10).map(({ keyId }) => keyId);
  const owner = new Client({ connectionString: from.ownerUrl });
  await owner.connect();
  await owner.query('DELETE FROM vault.data_key WHERE key_id = ANY ($1)', [gone]);
  await owner.query('INSERT INTO vault.tombstone (key_id, log, revision) SELECT unnest($1::uuid[]), $2, 4', [
    gone,
    log,
  ]);
  await owner.query('UPDATE vault.erasures_applied SET revision = 4');
  await owner.end();
});
afterAll(async () => {
  await pool.end();
  await from.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  file = join(folder, randomUUID());
  rowsWritten = await keys.backup(file, takenAt);
});

async function contents(url: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const tables = new Map<string, readonly string[]>();
  for (const table of BACKUP_TABLES) {
    const { rows } = await client.query<{ row: string }>(
      `SELECT t::text AS row FROM vault.${table} t ORDER BY 1`,
    );
    const lines = rows.map(({ row }) => row);
    tables.set(table, lines);
  }
  await client.end();
  return tables;
}

test('holds every table that there is', async () => {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'vault'`,
  );
  const others = ['migration', 'order_announcement', 'process', 'sweep'];
  const names = rows.map(({ name }) => name).filter((name) => !others.includes(name));
  expect([...BACKUP_TABLES].toSorted()).toEqual(names.toSorted());
});

test('is its owner’s only, names nobody, and is written once', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = await readFile(file, 'utf8');
  expect(text).toContain(log);
  for (const value of [VALUE, NAME, 'example.org', made[0]?.key ?? '']) {
    if (typeof value === 'string') expect(text.toLowerCase()).not.toContain(value.toLowerCase());
    expect(text).not.toContain(Buffer.from(value).toString('hex'));
  }
  await expect(keys.backup(file, takenAt)).rejects.toThrow('is there one already?');
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('is verified by opening every key in it', async () => {
  const verified = await verifyBackup(file, keyService);
  expect(verified).toMatchObject({ rows: rowsWritten, broken: 0 });
  expect(verified.sha256).toBe(
    createHash('sha256')
      .update(await readFile(file))
      .digest('base64'),
  );
  // Keys, the two secrets of two logs, and one more.
  expect([...verified.generations]).toEqual([[1, { state: 'open', wraps: PEOPLE - 10 + 5 }]]);
  const others = new MemoryKeyService(new Map([[1, new Uint8Array(32).fill(2)]]));
  expect((await verifyBackup(file, others)).broken).toBe(PEOPLE - 10 + 5);
});

describe('a file that', () => {
  const lines = async () => (await readFile(file, 'utf8')).split('\n').slice(0, -1);
  const put = (all: readonly string[]) => writeFile(file, all.map((line) => `${line}\n`).join(''));
  const read = () => readBackup(file, nothing);

  test.each<[string, string, (all: string[]) => readonly string[]]>([
    ['is empty', 'is cut off', () => []],
    ['has no end', 'is cut off', (all) => all.slice(0, -1)],
    ['misses a row', 'is damaged', (all) => all.toSpliced(7, 1)],
    ['has a row twice', 'is damaged', (all) => all.toSpliced(7, 0, all[7] ?? '')],
    ['has one byte more', 'is damaged', (all) => all.with(9, (all[9] ?? '').replace('"t"', '"t" '))],
    ['goes on after its end', 'is damaged', (all) => [...all, all[3] ?? '']],
    ['is something else', 'is no backup', (all) => all.slice(1)],
    ['names another table', 'is damaged', (all) => all.with(2, '{"t":"migration","r":{}}')],
    ['is no JSON', 'is damaged', (all) => all.with(2, '{"t":')],
  ])('%s is refused', async (_name, message, change) => {
    await expect(read()).resolves.toMatchObject({ rows: rowsWritten });
    await put(change(await lines()));
    await expect(read()).rejects.toThrow(message);
  });

  test('others may read is refused, and one that is not there', async () => {
    await chmod(file, 0o640);
    await expect(read()).rejects.toThrow('open to others');
    await rm(file);
    await expect(read()).rejects.toThrow('cannot be read');
  });

  test('breaks off within a line is refused', async () => {
    const bytes = await readFile(file);
    for (const length of [bytes.length - 1, bytes.length - 40, 2_000]) {
      await writeFile(file, bytes.subarray(0, length));
      await expect(read()).rejects.toThrow('is cut off');
    }
  });
});

describe('a restore', () => {
  let into: TestPostgres;
  beforeEach(async () => {
    into = await startPostgres();
  });
  afterEach(() => into.stop());

  test('puts everything back as it was', async () => {
    const { rows } = await restoreBackup(into.ownerUrl, file, nothing);
    expect(rows).toBe(rowsWritten);
    expect(await contents(into.ownerUrl)).toEqual(await contents(from.ownerUrl));
    const vault = PgVault.open(into.vaultUrl, keyService);
    const ids = made.map(({ keyId }) => keyId);
    const states = await vault.openKeys(log, ids);
    made.forEach(({ keyId, key }, i) => {
      const erased = i >= PEOPLE - 10;
      expect(states.get(keyId)).toMatchObject(erased ? { state: 'erased' } : { state: 'present', key });
    });
    expect(await vault.findSubjects(log, { address: VALUE })).toHaveLength(1);
    await vault.close();
  });

  test('makes nothing an orphan that was one when the backup was taken', async () => {
    const orphans = `SELECT (SELECT count(*) FROM vault.data_key WHERE orphan_since IS NOT NULL)
      + (SELECT count(*) FROM vault.subject WHERE orphan_since IS NOT NULL) AS count`;
    for (const table of ['data_key', 'subject'])
      await pool.query(`UPDATE vault.${table} SET orphan_since = now()`);
    await rm(file);
    await keys.backup(file, takenAt);
    expect(Number((await pool.query<{ count: string }>(orphans)).rows[0]?.count)).toBeGreaterThan(PEOPLE);
    for (const table of ['data_key', 'subject'])
      await pool.query(`UPDATE vault.${table} SET orphan_since = NULL`);
    await restoreBackup(into.ownerUrl, file, nothing);
    const restored = new Client({ connectionString: into.ownerUrl });
    await restored.connect();
    expect((await restored.query<{ count: string }>(orphans)).rows[0]?.count).toBe('0');
    await restored.end();
  });

  test('is all or nothing, and never over a vault that holds something', async () => {
    const before = await contents(into.ownerUrl);
    const refusing = () => Promise.reject(new Error('a key is lost'));
    await expect(restoreBackup(into.ownerUrl, file, refusing)).rejects.toThrow('a key is lost');
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, bytes.length - 40));
    await expect(restoreBackup(into.ownerUrl, file, nothing)).rejects.toThrow('is cut off');
    await writeFile(file, bytes);
    expect(await contents(into.ownerUrl)).toEqual(before);
    await restoreBackup(into.ownerUrl, file, nothing);
    await expect(restoreBackup(into.ownerUrl, file, nothing)).rejects.toThrow('is not empty');
  });
});

test('is of one moment, however much is written meanwhile', async () => {
  const vault = PgVault.open(from.vaultUrl, keyService, { entries: 10 });
  const stopping = new AbortController();
  const writing = (async () => {
    for (let i = 0; !stopping.signal.aborted; i++) {
      const subject = { kind: 'user', value: `m${i}@example.org` } as const;
      await vault.dataKeys([{ log, subject, retention: 'access', period: '2026' }]);
    }
  })();
  await rm(file);
  await keys.backup(file, takenAt);
  stopping.abort();
  await writing;
  await vault.close();
  const subjects = new Set<unknown>();
  const owners = new Set<unknown>();
  await readBackup(file, ({ table, rows }) => {
    for (const { subject } of rows) (table === 'subject' ? subjects : owners).add(subject);
    return Promise.resolve();
  });
  owners.delete(undefined);
  expect([...owners].filter((owner) => !subjects.has(owner))).toEqual([]);
});
