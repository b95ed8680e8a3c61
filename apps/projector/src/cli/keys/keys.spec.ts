import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalKeyring } from '@candor/crypto';
import { Codec, connectEventStore, type EventLog, Executor, LogUnavailable } from '@candor/event-store';
import { type KeyGenerationCommand, membersDecider } from '@candor/domain';
import { closeWrites, createPool, openWrites } from '@candor/read-models';
import { startEventStore, startPostgres, type TestEventStore, type TestPostgres } from '@candor/testing';
import { ORDERS, ORPHAN_AGE, PgVault } from '@candor/vault';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Client } from 'pg';
import { parseCommand } from './arguments.js';
import { GenerationLog } from './generation-log.js';
import { runKeys } from './run.js';

const [ann, bo] = ['0f3a2b1c-0000-4000-8000-00000000000a', '0f3a2b1c-0000-4000-8000-00000000000b'];

type Tell = (this: GenerationLog, command: KeyGenerationCommand) => Promise<void>;

let database: TestPostgres;
let store: TestEventStore;
let folder: string;
let keyring: LocalKeyring;
let environment: NodeJS.ProcessEnv;
/** A process has one connection, which each command closes. */
const log = (): EventLog => connectEventStore(store.url);
let vault: PgVault;
let tenant: string;

beforeAll(async () => {
  [database, store] = await Promise.all([startPostgres(), startEventStore()]);
  folder = await mkdtemp(join(tmpdir(), 'candor-keys-'));
  keyring = await LocalKeyring.openOrCreate(join(folder, 'keyring.json'));
  environment = {
    EVENTSTORE_URL: store.url,
    CANDOR_DB_VAULT_URL: database.vaultUrl,
    CANDOR_DB_OWNER_URL: database.ownerUrl,
    CANDOR_DB_PROJECTOR_URL: database.projectorUrl,
    CANDOR_KEYRING_DIR: folder,
  };
  vault = PgVault.open(database.vaultUrl, keyring);
  tenant = randomUUID();
  await vault.createLog(tenant, 'tenant');
  await vault.platformLog();
  for (const name of ['Ada', 'Bo', 'Cy']) await invite(name);
});
afterAll(async () => {
  await vault.close();
  await log().close();
  await Promise.all([store.stop(), database.stop(), rm(folder, { recursive: true })]);
});

async function invite(name: string): Promise<void> {
  const at = new Date().toISOString();
  const address = `${name}@example.org`;
  const [user = ''] = await vault.subjects(tenant, [{ kind: 'user', value: address }]);
  const actor = { kind: 'service', id: randomUUID(), onBehalfOf: null, name: null } as const;
  const around = { source: null, authorization: null, reason: null, outcome: 'success' } as const;
  const result = await new Executor(log(), new Codec(vault)).execute(membersDecider, {
    stream: `members-${tenant}`,
    command: { kind: 'invite-member', at, user, role: 'owner', address, name },
    commandId: randomUUID(),
    causation: null,
    context: { log: tenant, occurredAt: at, actor, ...around, correlation: randomUUID() },
    deadline: Date.now() + 10_000,
  });
  expect(result.ok).toBe(true);
}

async function order(key: string): Promise<void> {
  const actor = { kind: 'service', id: randomUUID(), onBehalfOf: null, name: null } as const;
  const around = { source: null, authorization: null, reason: null, outcome: 'success' } as const;
  const context = { log: tenant, occurredAt: new Date().toISOString(), actor, ...around, correlation: null };
  const body = { keys: [key], class: null, period: null, rule: 'erasure', ground: 'objection' };
  const event = { type: 'log.erasure-ordered', body };
  const draft = { stream: ORDERS, event, context, command: randomUUID(), causation: null };
  await log().append(ORDERS, 'no-stream', await new Codec(vault).encode([draft]));
}

async function keys(...words: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const lines: string[] = [];
  const command = parseCommand(words);
  if (command === undefined) return { code: 2, said: '' };
  const code = await runKeys(command, environment, (line) => lines.push(line));
  return { code, said: lines.join('\n') };
}

async function platformEvents(): Promise<readonly string[]> {
  const found: string[] = [];
  const filter = { on: 'stream', prefixes: ['keygeneration-'] } as const;
  for await (const { stream, type, data } of log().readAll({ filter })) {
    const { actor } = JSON.parse(Buffer.from(data).toString()) as { actor: { id: string } };
    found.push(`${stream} ${type} ${actor.id === ann ? 'ann' : 'bo'}`);
  }
  return found;
}

test('words that are no command are none', async () => {
  for (const words of [
    [],
    ['nothing'],
    ['status', 'more'],
    ['rotate'],
    ['rotate', '--as', 'ann'],
    ['status', '--as', ann],
    ['backup'],
    ['destroy-generation', '1', '--as', ann],
    ['sweep', 'all'],
    ['check', '--dry-run'],
    ['destroy-generation', '0', '--as', ann, '--backup', 'x'],
    ['toString'],
  ])
    expect([words, (await keys(...words)).code]).toEqual([words, 2]);
});

test('a generation from its rotation to its end, every step by the people it takes', async () => {
  expect((await keys('migrate')).said).toBe('The vault is up to date.');
  const early = join(folder, 'early');
  expect(await keys('backup', early)).toMatchObject({ code: 0 });

  // The log goes away in the middle: what the vault has done is told when the same command is given again.
  const record = jest.spyOn(Executor.prototype, 'execute');
  record.mockRejectedValueOnce(new LogUnavailable('away'));
  await expect(keys('rotate', '--as', ann)).rejects.toThrow('away');
  expect(await platformEvents()).toEqual([]);
  expect(await keys('rotate', '--as', ann)).toMatchObject({ code: 0 });
  record.mockRestore();
  expect(await keyring.current()).toBe(2);
  const rotated = ['key-generation-retired', 'key-generation-drained'];
  expect(await platformEvents()).toEqual(rotated.map((type) => `keygeneration-1 platform.${type} ann`));
  await invite('Di');
  expect((await keys('status')).said.split('\n').slice(1)).toEqual([
    expect.stringMatching(/^1 +drained +0 +7 +enabled$/),
    expect.stringMatching(/^2 +open +\d+ +0 +enabled$/),
  ]);

  const destroy = ['destroy-generation', '1', '--backup'] as const;
  await expect(keys(...destroy, early, '--as', ann)).rejects.toThrow('was taken before');
  const late = join(folder, 'late');
  expect(await keys('backup', late)).toMatchObject({ code: 0 });
  await expect(keys(...destroy, late, '--as', bo, '--approve')).rejects.toThrow(
    'key-generation.not-requested',
  );
  expect(await keys(...destroy, late, '--as', ann)).toMatchObject({ code: 0 });
  await expect(keys(...destroy, late, '--as', ann, '--approve')).rejects.toThrow(
    'key-generation.same-person',
  );
  const another = join(folder, 'another');
  await keys('backup', another);
  await expect(keys(...destroy, another, '--as', bo, '--approve')).rejects.toThrow('other-backup');
  expect((await keyring.generations())[0]).toMatchObject({ state: 'enabled' });
  await expect(keys('destroy-generation', '2', '--backup', late, '--as', ann)).rejects.toThrow(
    'it must be drained first',
  );

  // The log goes away before anything is done, and then when it is done: what was begun is told, and gone on with.
  const tell = Object.getOwnPropertyDescriptor(GenerationLog.prototype, 'record')?.value as Tell;
  const told = jest.spyOn(GenerationLog.prototype, 'record');
  told.mockRejectedValueOnce(new LogUnavailable('away'));
  await expect(keys(...destroy, late, '--as', bo, '--approve')).rejects.toThrow('away');
  expect((await keyring.generations())[0]).toMatchObject({ state: 'enabled' });
  told.mockImplementationOnce(function (this: GenerationLog, command) {
    return tell.call(this, command);
  });
  told.mockRejectedValueOnce(new LogUnavailable('away'));
  await expect(keys(...destroy, late, '--as', bo, '--approve')).rejects.toThrow('away');
  told.mockRestore();
  expect((await keyring.generations())[0]).toMatchObject({ state: 'destroyed' });
  expect((await platformEvents()).at(-1)).toBe('keygeneration-1 platform.key-destruction-begun bo');
  await expect(keys(...destroy, late, '--as', ann, '--approve')).rejects.toThrow(
    'key-generation.same-person',
  );
  expect((await keys('rewrap', '--as', ann)).said).toContain('The destruction of generation 1 was begun');
  expect(await keys(...destroy, late, '--as', bo, '--approve')).toMatchObject({ code: 0 });
  expect((await keys('rewrap', '--as', ann)).said).not.toContain('was begun');
  expect(await keys(...destroy, late, '--as', bo, '--approve')).toMatchObject({ code: 0 });
  expect((await platformEvents()).slice(2)).toEqual([
    'keygeneration-1 platform.key-destruction-requested ann',
    'keygeneration-1 platform.key-destruction-begun bo',
    'keygeneration-1 platform.key-destruction-approved bo',
  ]);
  expect((await keys('status')).said).toMatch(/\n1 +destroyed +0 +7 +destroyed/);
  // What the old backup holds opens no more; what lives does.
  expect(await keys('verify', early)).toMatchObject({ code: 1 });
  expect(await keys('verify', late)).toMatchObject({ code: 0 });
  expect(await keys('check')).toMatchObject({ code: 0 });
});

test('a restore is refused where a key that the log names would be lost', async () => {
  const before = join(folder, 'before');
  await keys('backup', before);
  await invite('Eve');
  const after = join(folder, 'after');
  await keys('backup', after);
  const empty = await startPostgres();
  const here = environment;
  environment = { ...here, CANDOR_DB_VAULT_URL: empty.vaultUrl, CANDOR_DB_OWNER_URL: empty.ownerUrl };
  try {
    await expect(keys('restore', before)).rejects.toThrow('Nothing was restored.');
    const { code, said } = await keys('restore', before, '--despite-lost');
    expect([code, said]).toEqual([0, expect.stringMatching(/1 keys are lost\.\n\d+ rows were restored\.$/)]);
    expect(await keys('check')).toMatchObject({ code: 1 });
  } finally {
    await empty.stop();
    environment = here;
  }
  const again = await startPostgres();
  const [erased, ...kept] = await vault.erasures.livingKeys(tenant, null);
  environment = { ...here, CANDOR_DB_VAULT_URL: again.vaultUrl, CANDOR_DB_OWNER_URL: again.ownerUrl };
  try {
    expect(await keys('restore', after)).toMatchObject({ code: 0 });
    expect(await keys('check')).toMatchObject({ code: 0 });
    await order(erased?.keyId ?? '');
    expect(await keys('rotate', '--as', ann)).toMatchObject({ code: 0 });
    const restored = PgVault.open(again.vaultUrl, keyring);
    const living = await restored.erasures.livingKeys(tenant, null);
    await restored.close();
    expect(living.map(({ keyId }) => keyId)).toEqual(kept.map(({ keyId }) => keyId));
  } finally {
    await again.stop();
    environment = here;
  }
  expect(await readFile(after, 'utf8')).not.toContain('Eve');
});

test('while the store is behind nothing is rotated or swept', async () => {
  const pool = createPool(database.projectorUrl);
  const before = await keyring.current();
  const said = await platformEvents();
  await closeWrites(pool, 'anchor');
  try {
    for (const words of [['rotate', '--as', ann], ['rewrap', '--as', ann], ['sweep']])
      await expect(keys(...words)).rejects.toMatchObject({ name: 'LogBehind' });
  } finally {
    await openWrites(pool, 'anchor');
    await pool.end();
  }
  expect([await keyring.current(), await platformEvents()]).toEqual([before, said]);
});

test('a key whose event never came is swept on another day, and those that the log names are not', async () => {
  const address = { kind: 'recipient', value: 'nobody@example.org' } as const;
  const request = { log: tenant, subject: address, retention: 'delivery', period: '2026-11' };
  await vault.dataKeys([request]);
  const owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const aDayPasses = async (): Promise<void> => {
    const by = `interval '${ORPHAN_AGE + 60_000} milliseconds'`;
    for (const table of ['data_key', 'subject'])
      await owner.query(
        `UPDATE vault.${table} SET created_at = created_at - ${by}, orphan_since = orphan_since - ${by}`,
      );
  };
  expect((await keys('sweep')).said).toMatch(/Swept: 0 keys, .*\nNewly found: 0 keys/s);
  await aDayPasses();
  expect((await keys('sweep', '--dry-run')).said).toMatch(/Waiting for their day: 0 keys/);
  expect((await keys('sweep')).said).toMatch(/Swept: 0 keys, .*\nNewly found: 1 keys/s);
  await aDayPasses();
  expect((await keys('sweep')).said).toMatch(/Swept: 1 keys, .*\nNewly found: 0 keys/s);
  await owner.end();
  expect(await keys('check')).toMatchObject({ code: 0 });
});
