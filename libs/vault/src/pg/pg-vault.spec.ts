import { randomUUID } from 'node:crypto';
import {
  type KeyService,
  KeyServiceFault,
  MemoryKeyService,
  unwrapDataKey,
  wrappingKeyAad,
  registerNumberIndex,
} from '@candor/crypto';
import type { EntryContext } from '@candor/domain';
import { Codec, type KeyRequest } from '@candor/event-store';
import { startPostgres } from '@candor/testing';
import { afterAll, beforeEach, expect, jest, test } from '@jest/globals';
import { Client, Pool } from 'pg';
import { PgVault, type PgVaultOptions } from './pg-vault.js';

const postgres = await startPostgres();
const owner = new Client({ connectionString: postgres.ownerUrl });
await owner.connect();
const opened: PgVault[] = [];
let keyService: MemoryKeyService;
let log: string;

const open = (options: PgVaultOptions = {}, service: KeyService = keyService) => {
  const vault = PgVault.open(postgres.vaultUrl, service, options);
  opened.push(vault);
  return vault;
};
const keks = new Map([[1, new Uint8Array(32).fill(1)]]);

beforeEach(async () => {
  keyService = new MemoryKeyService(keks);
  log = randomUUID();
  await open().createLog(log, 'tenant');
});
afterAll(async () => {
  await Promise.all(opened.map((vault) => vault.close()));
  await owner.end();
  await postgres.stop();
});

const requestFor = (value: string): KeyRequest => ({
  log,
  subject: { kind: 'recipient', value },
  retention: 'delivery',
  period: '2026-11',
});

test('two processes with many batches of the same people in any order agree on every subject and key', async () => {
  const people = Array.from({ length: 1000 }, (_, i) => `person${i}@example.org`);
  const vaults = [open({ entries: 10 }), open({ entries: 10 })];
  for (const vault of vaults) await vault.dataKeys([requestFor('person0@example.org')]);
  // Two opposite orders at once are what makes transactions wait for each other.
  const orders = Array.from({ length: 50 }, (_, i) => {
    if (i < 4) return i % 2 === 0 ? people : people.toReversed();
    return people.toSorted(() => Math.random() - 0.5).slice(0, 50);
  });
  const batches = await Promise.all(
    orders.map(async (order, i) => {
      const keys = await vaults[i % 2]?.dataKeys(order.map(requestFor));
      return order.map((person, n) => [person, keys?.[n]?.keyId, keys?.[n]?.key] as const);
    }),
  );
  const known = new Map<string, readonly unknown[]>();
  for (const row of batches.flat())
    expect(row).toEqual(known.get(row[0]) ?? known.set(row[0], row).get(row[0]));
  const { rows } = await owner.query(
    'SELECT (SELECT count(*)::int FROM vault.subject WHERE log = $1) AS subjects, (SELECT count(*)::int FROM vault.data_key WHERE log = $1) AS keys',
    [log],
  );
  expect(rows).toEqual([{ subjects: 1000, keys: 1000 }]);
});

test('two processes that make a log, the platform or its secrets at once agree', async () => {
  const vaults = Array.from({ length: 4 }, () => open());
  const made = randomUUID();
  await Promise.all(vaults.map((vault) => vault.createLog(made, 'tenant')));
  const secrets = await Promise.all(vaults.map((vault) => vault.secrets(made)));
  expect(new Set(secrets.map(({ kId }) => Buffer.from(kId).toString('hex'))).size).toBe(1);
  expect(new Set(await Promise.all(vaults.map((vault) => vault.platformLog()))).size).toBe(1);
  const slots = await Promise.all(vaults.map((vault) => vault.platformSecret('slots')));
  expect(new Set(slots.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1);
  expect(new Set(await Promise.all(vaults.map((vault) => vault.reserveSlot(made)))).size).toBe(1);
});

test('nothing in the database is a value, a key or a secret', async () => {
  const vault = open();
  const [key] = await vault.dataKeys([requestFor('Somebody.Known@example.org')]);
  const { kId, kBlind } = await vault.secrets(log);
  const tables = await owner.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'vault'`,
  );
  expect(tables.rows.length).toBeGreaterThan(8);
  let dump = '';
  for (const { name } of tables.rows) {
    const { rows } = await owner.query<{ text: string }>(`SELECT t::text AS text FROM vault."${name}" t`);
    dump += rows.map(({ text }) => text.toLowerCase()).join('\n');
  }
  // Bytes are dumped as hexadecimal; so are texts that would hide in them.
  expect(dump).toContain(log);
  const hidden = [key?.key ?? '', kId, kBlind, 'somebody', 'example.org'].flatMap((value) => {
    const hex = Buffer.from(value).toString('hex');
    return typeof value === 'string'
      ? [value, hex]
      : [hex, Buffer.from(value).toString('base64').toLowerCase()];
  });
  for (const value of hidden) expect(dump).not.toContain(value);
});

test('what the key service is sent is wrapping keys, and whose they are: no value, no key of a person, no secret', async () => {
  const sent: Uint8Array[] = [];
  const listening: KeyService = {
    current: () => keyService.current(),
    wrap: (g, plaintexts, aads) => {
      sent.push(...plaintexts, ...aads);
      return keyService.wrap(g, plaintexts, aads);
    },
    unwrap: (g, ciphertexts, aads) => {
      sent.push(...ciphertexts, ...aads);
      return keyService.unwrap(g, ciphertexts, aads);
    },
  };
  const vault = open({}, listening);
  const own = randomUUID();
  await vault.createLog(own, 'tenant');
  const [user = ''] = await vault.subjects(own, [{ kind: 'user', value: 'kim@example.org' }]);
  const person = { user, role: 'owner', address: 'kim@example.org', name: 'Kim Example' };
  const context: EntryContext = {
    log: own,
    occurredAt: '2026-11-20T12:00:00.000Z',
    authorization: null,
    correlation: null,
    actor: { kind: 'employee', id: randomUUID(), onBehalfOf: null, name: 'Tarek Example' },
    source: { ip: '192.0.2.17', agent: 'Example/1.0', country: 'DE' },
    reason: { code: 'CHANGE', ticket: 'TICKET-7' },
    outcome: 'success',
  };
  const event = { type: 'tenant.member-invited', body: person };
  const draft = { stream: `members-${own}`, event, context, command: randomUUID(), causation: null };
  await new Codec(vault).encode([draft]);
  // Another process, which has to open what the first one made.
  const other = open({}, listening);
  const living = await other.erasures.livingKeys(own, null);
  const ids = living.map(({ keyId }) => keyId);
  const keys = [...(await other.openKeys(own, ids)).values()].flatMap((one) =>
    one.state === 'present' ? [one.key] : [],
  );
  expect(keys.length).toBeGreaterThanOrEqual(3);
  const { kId, kBlind } = await other.secrets(own);
  expect(sent.length).toBeGreaterThanOrEqual(4);
  const aads = [1, 2, 3].map((g) => Buffer.from(wrappingKeyAad(own, g)).toString('hex'));
  expect(sent.some((bytes) => aads.includes(Buffer.from(bytes).toString('hex')))).toBe(true);
  const values = ['kim@example.org', 'Kim Example', 'Tarek', '192.0.2.17', 'Example/1.0', 'TICKET-7', user];
  for (const one of [...values.map((text) => Buffer.from(text)), ...keys, kId, kBlind])
    expect(sent.filter((bytes) => Buffer.from(bytes).includes(Buffer.from(one)))).toEqual([]);
});

test('a name goes with its subject, and is not kept of one that is gone', async () => {
  const vault = open();
  const [subject = ''] = await vault.subjects(log, [{ kind: 'user', value: 'named@example.org' }]);
  const request = { log, subject: { subject }, retention: 'account', period: '2026', names: ['Kim Example'] };
  const statements = jest.spyOn(Pool.prototype, 'query');
  await vault.dataKeys([request]);
  const first = statements.mock.calls.length;
  await vault.dataKeys([request]);
  // What is known to be kept is not kept again.
  expect(statements.mock.calls.length).toBe(first);
  statements.mockRestore();
  expect(await vault.findSubjects(log, { name: 'kim example' })).toEqual([{ subject, kind: 'user' }]);
  await owner.query('DELETE FROM vault.subject WHERE subject = $1', [subject]);
  expect(await vault.findSubjects(log, { name: 'kim example' })).toEqual([]);
  await open().dataKeys([request]);
  const { rows } = await owner.query('SELECT FROM vault.name WHERE subject = $1', [subject]);
  expect(rows).toEqual([]);
});

test('a register number goes with the tenant’s subject, and nothing of it can be read', async () => {
  const vault = open();
  const number = { country: 'DE', number: 'HRB 20417 Beispiel' };
  expect(await vault.claimRegisterNumber(log, number)).toBe(log);
  const { rows } = await owner.query<{ blind: Buffer; subject: string }>(
    'SELECT blind, subject FROM vault.register_number',
  );
  const platform = await vault.secrets(await vault.platformLog());
  expect(rows).toMatchObject([
    { blind: Buffer.from(registerNumberIndex(platform.kBlind, 'DE', 'hrb20417beispiel')) },
  ]);
  // As an erasure leaves it when the last of the tenant's keys has gone.
  await owner.query('DELETE FROM vault.subject WHERE subject = $1', [rows[0]?.subject]);
  expect(await vault.registrant(number)).toBeUndefined();
  expect(await vault.claimRegisterNumber(log, number)).toBe(log);
});

test('a stored wrap opens with the additional data of formats v1 §3.1, and with nothing else', async () => {
  const [key] = await open().dataKeys([requestFor('wrapped@example.org')]);
  const { rows } = await owner.query<{ subject: string; g: number; wrapped: Buffer; wk: Buffer }>(
    `SELECT k.subject, k.g, k.wrapped, w.wrapped AS wk FROM vault.data_key k JOIN vault.wrapping_key w USING (log, g)
     WHERE key_id = $1`,
    [key?.keyId],
  );
  const [row] = rows;
  if (row === undefined || key === undefined) throw new Error('no row');
  const [wk = new Uint8Array()] = await keyService.unwrap(row.g, [row.wk], [wrappingKeyAad(log, row.g)]);
  const place = { log, subject: row.subject, keyId: key.keyId, generation: row.g };
  expect(unwrapDataKey(wk, place, row.wrapped)).toEqual(key.key);
  expect(() => unwrapDataKey(wk, { ...place, subject: log }, row.wrapped)).toThrow('wrap.broken');
  await expect(keyService.unwrap(row.g, [row.wk], [wrappingKeyAad(row.subject, row.g)])).rejects.toThrow();
});

test('the key service is asked once for a log, not for each key', async () => {
  const unwrap = jest.spyOn(keyService, 'unwrap');
  const wrap = jest.spyOn(keyService, 'wrap');
  const vault = open();
  for (let i = 0; i < 20; i++) {
    const keys = await vault.dataKeys([requestFor(`p${i}@example.org`), requestFor(`q${i}@example.org`)]);
    await vault.openKeys(
      log,
      keys.map(({ keyId }) => keyId),
    );
  }
  expect(unwrap).toHaveBeenCalledTimes(1);
  expect(wrap).not.toHaveBeenCalled();
  const { caches, keyService: use } = vault.use();
  expect(caches).toMatchObject({ sealing: { hits: 0, misses: 40 }, opening: { hits: 40, misses: 0 } });
  expect(use).toMatchObject({ keys: 1, failures: 0 });
});

test('an import asks the key service a handful of times, however many new recipients it has', async () => {
  const vault = open();
  const calls = [jest.spyOn(keyService, 'current'), jest.spyOn(keyService, 'wrap')];
  const unwrap = jest.spyOn(keyService, 'unwrap');
  const ids = new Set<string>();
  for (let sent = 0; sent < 10_000; sent += 1_000) {
    const batch = Array.from({ length: 1_000 }, (_, i) => requestFor(`import${sent + i}@example.org`));
    for (const { keyId } of await vault.dataKeys(batch)) ids.add(keyId);
  }
  expect(ids.size).toBe(10_000);
  for (const call of calls) expect(call.mock.calls.length).toBeLessThanOrEqual(3);
  expect(unwrap).toHaveBeenCalledTimes(1);
});

test('a key is not used for more than a minute after its erasure', async () => {
  let now = 0;
  const vault = open({ now: () => now, ttl: 10 * 60_000 });
  const [key] = await vault.dataKeys([requestFor('erased@example.org')]);
  const keyId = key?.keyId ?? '';
  await owner.query('DELETE FROM vault.data_key WHERE key_id = $1', [keyId]);
  await owner.query('DELETE FROM vault.subject WHERE log = $1', [log]);
  await owner.query('INSERT INTO vault.tombstone (key_id, log, revision) VALUES ($1, $2, 0)', [keyId, log]);
  now = 59_999;
  expect((await vault.openKeys(log, [keyId])).get(keyId)?.state).toBe('present');
  now = 60_000;
  expect((await vault.openKeys(log, [keyId])).get(keyId)?.state).toBe('erased');
  const [anew] = await vault.dataKeys([requestFor('erased@example.org')]);
  expect(anew?.keyId).not.toBe(keyId);
});

test('a lost key and a damaged one are told, and hide no other', async () => {
  const alarm = jest.fn();
  const [kept, damaged] = await open().dataKeys([requestFor('k@example.org'), requestFor('d@example.org')]);
  await owner.query(
    'UPDATE vault.data_key SET wrapped = set_byte(wrapped, 20, 255 - get_byte(wrapped, 20)) WHERE key_id = $1',
    [damaged?.keyId],
  );
  const never = randomUUID();
  const ids = [kept?.keyId ?? '', damaged?.keyId ?? '', never];
  const states = await open({ alarm }).openKeys(log, ids);
  expect(ids.map((id) => states.get(id)?.state)).toEqual(['present', 'lost', 'lost']);
  expect(alarm.mock.calls).toEqual([
    [log, damaged?.keyId],
    [log, never],
  ]);
});

test('nothing is wrapped under a generation that is not open; the next one is taken', async () => {
  const later = open({}, new MemoryKeyService(new Map([...keks, [2, new Uint8Array(32).fill(2)]])));
  const vault = open();
  const [before] = await vault.dataKeys([requestFor('before@example.org')]);
  await owner.query(`UPDATE vault.generation SET state = 'draining' WHERE g = 1`);
  try {
    await expect(vault.dataKeys([requestFor('after@example.org')])).rejects.toMatchObject({
      name: 'VaultUnavailable',
    });
    await expect(vault.createLog(randomUUID(), 'tenant')).rejects.toMatchObject({ name: 'VaultUnavailable' });
    const [after, same] = await later.dataKeys([
      requestFor('after@example.org'),
      requestFor('before@example.org'),
    ]);
    expect(same).toEqual(before);
    const { rows } = await owner.query('SELECT g FROM vault.data_key WHERE key_id = $1', [after?.keyId]);
    expect(rows).toEqual([{ g: 2 }]);
  } finally {
    await owner.query('DELETE FROM vault.data_key WHERE g = 2');
    await owner.query('DELETE FROM vault.wrapping_key WHERE g = 2');
    await owner.query('DELETE FROM vault.generation WHERE g = 2');
    await owner.query(`UPDATE vault.generation SET state = 'open' WHERE g = 1`);
  }
});

test('a statement waits for one that closes the generation, and then does not use it', async () => {
  const vault = open();
  await vault.dataKeys([requestFor('first@example.org')]);
  const draining = new Client({ connectionString: postgres.ownerUrl });
  await draining.connect();
  await draining.query('BEGIN');
  await draining.query('SELECT FROM vault.generation WHERE g = 1 FOR UPDATE');
  const making = vault.dataKeys([requestFor('second@example.org')]);
  making.catch(() => undefined);
  await draining.query(`UPDATE vault.generation SET state = 'draining' WHERE g = 1`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await draining.query('COMMIT');
  await draining.end();
  await expect(making).rejects.toMatchObject({ name: 'VaultUnavailable' });
  await owner.query(`UPDATE vault.generation SET state = 'open' WHERE g = 1`);
});

test('a database or a key service that does not answer is unavailable, and nothing else is', async () => {
  const away = PgVault.open('postgres://candor_vault:x@127.0.0.1:1/candor', keyService);
  opened.push(away);
  await expect(away.check()).rejects.toMatchObject({ name: 'VaultUnavailable' });
  await expect(away.secrets(log)).rejects.toMatchObject({ name: 'VaultUnavailable' });
  const silent = new MemoryKeyService(keks);
  jest.spyOn(silent, 'unwrap').mockRejectedValue(new KeyServiceFault('unavailable', 'no answer'));
  const vault = open({}, silent);
  await expect(vault.secrets(log)).rejects.toMatchObject({ name: 'VaultUnavailable' });
  jest.restoreAllMocks();
  // A failure is not remembered.
  await expect(vault.secrets(log)).resolves.toBeDefined();
  await expect(vault.dataKeys([{ ...requestFor('a@example.org'), period: 'soon' }])).rejects.toThrow(
    'data_key_period_check',
  );
});

test('a key service that the vault was not made with is refused', async () => {
  await open().platformLog();
  const other = open({}, new MemoryKeyService(new Map([[1, new Uint8Array(32).fill(9)]])));
  await expect(other.check()).rejects.toMatchObject({ name: 'KeyServiceFault', reason: 'refused' });
});

test('a connection that the server ends is replaced', async () => {
  const vault = open();
  await vault.check();
  const admin = new Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'candor-vault' AND datname = current_database()`,
  );
  await admin.end();
  // One attempt may still meet it before its end was heard of.
  for (let left = 5; left > 0; left--) await vault.check().catch(() => undefined);
  await expect(vault.check()).resolves.toBeUndefined();
});

test('a batch larger than one statement keeps its order', async () => {
  const vault = open();
  const people = Array.from({ length: 4500 }, (_, i) => `bulk${i}@example.org`);
  const keys = await vault.dataKeys(people.map(requestFor));
  expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(4500);
  const some = [0, 1999, 2000, 4499].map((i) => [people[i] ?? '', keys[i]] as const);
  expect(await open().dataKeys(some.map(([person]) => requestFor(person)))).toEqual(
    some.map(([, key]) => key),
  );
});

test('a batch of a log that has many keys of a month is found one by one', async () => {
  await owner.query(
    `INSERT INTO vault.data_key (key_id, log, subject, retention, period, g, wrapped)
     SELECT gen_random_uuid(), $1, gen_random_uuid(), 'delivery', '2026-11', 1, decode(repeat('00', 61), 'hex')
     FROM generate_series(1, 60000)`,
    [log],
  );
  // Where each is looked for among all of them, the statement comes to no end in its time.
  const keys = await open().dataKeys(
    Array.from({ length: 500 }, () => ({ ...requestFor(''), subject: { subject: randomUUID() } })),
  );
  expect(keys).toHaveLength(500);
});
