import { randomUUID } from 'node:crypto';
import { MemoryKeyService } from '@candor/crypto';
import { Codec, type EncodedEvent, MemoryLog } from '@candor/event-store';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { PgVault } from './pg/pg-vault.js';
import { ORPHAN_AGE, sweepOrphans, type SweepOptions } from './sweep-orphans.js';

const keyService = new MemoryKeyService(new Map([[1, new Uint8Array(32).fill(1)]]));
let postgres: TestPostgres;
let owner: Client;
let vault: PgVault;
let opened: PgVault[];
let log: MemoryLog;
let tenant: string;

beforeAll(async () => {
  postgres = await startPostgres();
  owner = new Client({ connectionString: postgres.ownerUrl });
  await owner.connect();
  opened = [];
});
afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await owner.end();
  await postgres.stop();
});
beforeEach(async () => {
  await owner.query('TRUNCATE vault.data_key, vault.subject CASCADE');
  await owner.query('UPDATE vault.sweep SET position = NULL, event_id = NULL, ended_at = NULL');
  log = new MemoryLog();
  tenant = randomUUID();
  vault = open();
  await vault.createLog(tenant, 'tenant');
});

function open(): PgVault {
  const one = PgVault.open(postgres.vaultUrl, keyService);
  opened.push(one);
  return one;
}

const address = (name: string): string => `${name}@example.org`;

/** Makes what an invitation needs, and stops before the append. */
async function seal(name: string, by = vault): Promise<{ stream: string; sealed: EncodedEvent }> {
  const [user = ''] = await by.subjects(tenant, [{ kind: 'user', value: address(name) }]);
  const stream = `members-${randomUUID()}`;
  const actor = { kind: 'service', id: randomUUID(), onBehalfOf: null, name: null } as const;
  const around = { source: null, authorization: null, reason: null, outcome: 'success' } as const;
  const context = {
    log: tenant,
    occurredAt: new Date().toISOString(),
    actor,
    ...around,
    correlation: randomUUID(),
  };
  const event = {
    type: 'tenant.member-invited',
    body: { user, role: 'member', address: address(name), name },
  };
  const draft = { stream, event, context, command: randomUUID(), causation: null };
  const [sealed] = await new Codec(by).encode([draft]);
  if (sealed === undefined) throw new Error('one event');
  return { stream, sealed };
}

async function append({ stream, sealed }: Awaited<ReturnType<typeof seal>>): Promise<void> {
  await log.append(stream, 'no-stream', [sealed]);
}
const invite = async (name: string, by?: PgVault): Promise<void> => append(await seal(name, by));

/** A day, and a little, goes by for what the database remembers. */
async function aDayPasses(): Promise<void> {
  const by = `interval '${ORPHAN_AGE + 60_000} milliseconds'`;
  await owner.query(
    `UPDATE vault.data_key SET created_at = created_at - ${by}, orphan_since = orphan_since - ${by}`,
  );
  await owner.query(
    `UPDATE vault.subject SET created_at = created_at - ${by}, orphan_since = orphan_since - ${by}`,
  );
}

const sweep = (options: Partial<SweepOptions> = {}) =>
  sweepOrphans(log, vault.orphans, { requireWhole: () => Promise.resolve(), ...options });

const one = { keys: 1, subjects: 0 };
const none = { keys: 0, subjects: 0 };

async function left(): Promise<{ readonly keys: number; readonly subjects: number }> {
  const { rows } = await owner.query<{ keys: number; subjects: number }>(
    'SELECT (SELECT count(*)::int FROM vault.data_key) AS keys, (SELECT count(*)::int FROM vault.subject) AS subjects',
  );
  return rows[0] ?? none;
}

/** What the log names opens: nothing is lost. */
async function everythingOpens(): Promise<void> {
  const found = new Set<string>();
  for await (const { metadata } of log.readAll())
    for (const name of Object.keys(JSON.parse(Buffer.from(metadata).toString()) as object))
      if (name.startsWith('sealed:')) found.add(name.slice('sealed:'.length));
  const states = await open().openKeys(tenant, [...found]);
  expect([...states.values()].map(({ state }) => state)).toEqual([...found].map(() => 'present'));
}

test('what was made for an append that never came goes with the second look, a day later; nothing else does', async () => {
  await invite('kept');
  await seal('orphan');
  expect(await sweep()).toMatchObject({ events: 1, found: none, swept: none });
  await aDayPasses();
  await seal('young');
  expect(await sweep()).toMatchObject({ events: 0, found: one, swept: none, waiting: one });
  expect(await sweep()).toMatchObject({ swept: none });
  expect(await left()).toEqual({ keys: 3, subjects: 3 });
  await aDayPasses();
  await invite('young');
  // Its subject has no key any more, and waits for its own day.
  expect(await sweep()).toMatchObject({ events: 1, swept: one, found: { keys: 0, subjects: 1 } });
  await aDayPasses();
  expect(await sweep()).toMatchObject({ swept: { keys: 0, subjects: 1 }, waiting: none });
  expect(await left()).toEqual({ keys: 2, subjects: 2 });
  expect(await vault.findSubjects(tenant, { address: address('orphan') })).toEqual([]);
  expect(await vault.findSubjects(tenant, { name: 'orphan' })).toEqual([]);
  await everythingOpens();
});

test('a register number is free again when its registration never came, and not while somebody tries again', async () => {
  const number = { country: 'DE', number: 'HRB 1' };
  await vault.claimRegisterNumber(tenant, number);
  await aDayPasses();
  expect(await sweep()).toMatchObject({ found: { keys: 0, subjects: 1 } });
  await open().claimRegisterNumber(tenant, number);
  await aDayPasses();
  await sweep();
  expect(await open().registrant(number)).toBe(tenant);
  await aDayPasses();
  expect(await sweep()).toMatchObject({ swept: { keys: 0, subjects: 1 } });
  expect(await open().registrant(number)).toBeUndefined();
});

test('a key that is given to somebody again is no orphan, and neither is one whose append comes late', async () => {
  await seal('again');
  const late = await seal('late');
  await aDayPasses();
  expect(await sweep()).toMatchObject({ found: { keys: 2 } });
  await append(late);
  await aDayPasses();
  await invite('again', open());
  expect(await sweep()).toMatchObject({ swept: none, waiting: none });
  await aDayPasses();
  expect(await sweep()).toMatchObject({ swept: none, found: none });
  await everythingOpens();
});

test('a key that is given out is not swept under the writer, who has it in a cache and appends later', async () => {
  await seal('early');
  await seal('cached');
  await aDayPasses();
  // From here on this writer's keys come from its cache.
  const writer = open();
  await seal('cached', writer);
  expect(await sweep()).toMatchObject({ found: { keys: 2 } });
  const cached = await seal('cached', writer);
  await append(cached);
  await aDayPasses();
  const early = await seal('early', open());
  expect(await sweep()).toMatchObject({ swept: none });
  await append(early);
  await everythingOpens();
});

test('a subject that is given to somebody again keeps its id', async () => {
  const [before] = await vault.subjects(tenant, [{ kind: 'user', value: address('id') }]);
  await aDayPasses();
  expect(await sweep()).toMatchObject({ found: { keys: 0, subjects: 1 } });
  await aDayPasses();
  expect(await open().subjects(tenant, [{ kind: 'user', value: address('id') }])).toEqual([before]);
  expect(await sweep()).toMatchObject({ swept: none });
  await invite('id');
  await aDayPasses();
  expect(await sweep()).toMatchObject({ swept: none, found: none });
});

test('a writer and a sweep that meet at one key agree on who has it', async () => {
  const names = Array.from({ length: 40 }, (_, n) => `meet${n}`);
  for (const name of names) await seal(name);
  await aDayPasses();
  await sweep();
  await aDayPasses();
  // What is swept first gets a new key, what is given out first is not swept.
  const writers = [open(), open()];
  await Promise.all([
    sweep(),
    ...writers.map(async (writer, n) => {
      for (const name of n === 0 ? names : names.toReversed()) await invite(name, writer);
    }),
    sweep(),
  ]);
  await everythingOpens();
  await aDayPasses();
  await sweep();
  await aDayPasses();
  await sweep();
  await everythingOpens();
});

test('a row that is being swept is given to nobody', async () => {
  await seal('going');
  await aDayPasses();
  await sweep();
  await owner.query('BEGIN');
  await owner.query('DELETE FROM vault.data_key WHERE orphan_since IS NOT NULL');
  const writing = seal('going', open());
  await new Promise((resolve) => setTimeout(resolve, 200));
  await owner.query('COMMIT');
  await append(await writing);
  await everythingOpens();
});

test('a sweep that is stopped is gone on with, and what it has read is not forgotten', async () => {
  await invite('kept');
  await seal('orphan');
  await aDayPasses();
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  await expect(sweep({ signal: stop.signal })).rejects.toThrow('stopped');
  const away = (n: number) => {
    let asked = 0;
    return () => (asked++ === n ? Promise.reject(new Error('behind')) : Promise.resolve());
  };
  await expect(sweep({ requireWhole: away(0) })).rejects.toThrow('behind');
  await expect(sweep({ requireWhole: away(1) })).rejects.toThrow('behind');
  expect(await left()).toMatchObject({ keys: 2 });
  expect(await sweep()).toMatchObject({ events: 0, found: one });
  expect(await vault.orphans.state()).toMatchObject({ endedAt: expect.any(Number) });
});

test('a dry run says what there is, and changes nothing of it', async () => {
  await seal('orphan');
  await aDayPasses();
  expect(await sweep({ dryRun: true })).toMatchObject({ found: none, waiting: none });
  await sweep();
  await aDayPasses();
  expect(await sweep({ dryRun: true })).toMatchObject({ swept: none, waiting: one });
  expect(await left()).toMatchObject({ keys: 1 });
});

test('what is no entry may name anything: nothing is swept while it is there', async () => {
  await seal('orphan');
  await aDayPasses();
  await sweep();
  await aDayPasses();
  const note = { id: randomUUID(), type: 'note.taken', data: Buffer.from('{}'), metadata: Buffer.from('{}') };
  await log.append('note-1', 'no-stream', [note]);
  await invite('kept');
  for (let n = 0; n < 2; n++)
    expect(await sweep()).toMatchObject({ unreadable: 1, swept: none, waiting: one });
});

test('in another log, or one that was set back, nothing is an orphan before it was read for two days', async () => {
  await invite('kept');
  await seal('orphan');
  await aDayPasses();
  await sweep();
  const before = log;
  await aDayPasses();
  log = new MemoryLog();
  expect(await sweep()).toMatchObject({ startedOver: true, swept: none });
  await aDayPasses();
  // What was once named stays, whatever this log says.
  expect(await sweep()).toMatchObject({ startedOver: false, swept: one });
  log = before;
  await everythingOpens();
});
