import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LocalKeyring } from '@candor/crypto';
import { connectEventStore, type EncodedEvent, type EventLog } from '@candor/event-store';
import {
  closeWrites,
  createPool,
  openWrites,
  type Pool,
  ViewListener,
  waitForView,
} from '@candor/read-models';
import { PgVault } from '@candor/vault';
import {
  startEventStore,
  startPostgres,
  Story,
  type TestEventStore,
  type TestPostgres,
} from '@candor/testing';

const MAIN = join(import.meta.dirname, '../dist/apps/projector/src/main.js');
const EVENTS = 4_000;

let database: TestPostgres;
let store: TestEventStore;
let log: EventLog;
let pool: Pool;
let listener: ViewListener;
let keyring: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  [database, store] = await Promise.all([startPostgres(), startEventStore()]);
  log = connectEventStore(store.url);
  pool = createPool(database.projectorUrl);
  listener = await ViewListener.start(database.projectorUrl);
  keyring = await mkdtemp(join(tmpdir(), 'candor-keyring-'));
  await LocalKeyring.openOrCreate(join(keyring, 'keyring.json'));
  environment = {
    EVENTSTORE_URL: store.url,
    CANDOR_DB_PROJECTOR_URL: database.projectorUrl,
    CANDOR_DB_OWNER_URL: database.ownerUrl,
    CANDOR_DB_VAULT_URL: database.vaultUrl,
    CANDOR_KEYRING_DIR: keyring,
    LOG_LEVEL: 'warn',
  };
});
afterAll(async () => {
  await listener.close();
  await pool.end();
  await log.close();
  await Promise.all([store.stop(), database.stop(), rm(keyring, { recursive: true })]);
});

function start(...words: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function said(child: ChildProcess): Promise<{ readonly code: unknown; readonly text: string }> {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => (text += bytes.toString()));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, text };
}

/** A story told to the real store: one log, one event per stream. */
async function tell(tenant: string): Promise<bigint> {
  const story = new Story();
  await story.open(tenant);
  await story.happens(null, 'store-main', { type: 'platform.store-created', body: { store: randomUUID() } });
  for (let n = 0; n < EVENTS; n++) {
    const body = { user: randomUUID(), role: 'member' };
    await story.happens(tenant, `members-${tenant}-${n}`, { type: 'tenant.member-deactivated', body });
  }
  // As many at once as there is room for in time.
  let appends: Promise<unknown>[] = [];
  for await (const event of story.log.readAll()) {
    appends.push(log.append(event.stream, 'no-stream', [event]));
    if (event.stream !== 'store-main' && appends.length < 100) continue;
    await Promise.all(appends);
    appends = [];
  }
  await Promise.all(appends);
  let end = 0n;
  for await (const { position } of log.readAll()) end = position;
  return end;
}

test('killed again and again, it misses nothing and doubles nothing; told to stop, it stops', async () => {
  const tenant = randomUUID();
  const end = await tell(tenant);
  for (let n = 0; n < 6; n++) {
    const child = start();
    await sleep(600 + 250 * n);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const child = start();
  await waitForView(listener, 'audit_log_v1', end, 60_000);
  const { rows } = await pool.query(
    `SELECT count(*)::int AS entries, count(DISTINCT event_id)::int AS events, min(index)::int AS first,
       max(index)::int AS last FROM audit_log_v1.entry WHERE tenant_id = $1`,
    [tenant],
  );
  expect(rows).toEqual([{ entries: EVENTS, events: EVENTS, first: 0, last: EVENTS - 1 }]);

  const status = await said(start('status'));
  expect(status.code).toBe(0);
  expect(status.text).toMatch(/audit_log_v1 +live +\d+ +0 +0\.0 s/);
  const rebuilt = await said(start('rebuild', 'audit_log_v1'));
  expect(rebuilt).toEqual({ code: 0, text: `audit_log_v1 was rebuilt from ${EVENTS + 1} events.\n` });

  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('while writes are closed, nothing is written by itself either; afterwards it is', async () => {
  const grant = randomUUID();
  await dueGrant(grant);
  await closeWrites(pool, 'anchor');
  const child = start();
  let end = 0n;
  for await (const { position } of log.readAll()) end = position;
  await waitForView(listener, 'access_grants_v1', end, 60_000);
  // A grant that is due is expired within a second.
  await sleep(3_000);
  expect(await eventsIn(`grant-${grant}`)).toHaveLength(3);
  await openWrites(pool, 'anchor');
  while ((await eventsIn(`grant-${grant}`)).length === 3) await sleep(200);
  expect((await eventsIn(`grant-${grant}`)).at(-1)).toBe('access.grant-expired');
  child.kill('SIGTERM');
  await once(child, 'exit');
});

async function eventsIn(stream: string): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const { type } of log.readStream(stream)) types.push(type);
  return types;
}

/** A grant whose time is over, in a log that the vault knows. */
async function dueGrant(grant: string): Promise<void> {
  const tenant = randomUUID();
  const vault = PgVault.open(database.vaultUrl, await LocalKeyring.open(join(keyring, 'keyring.json')));
  await vault.createLog(tenant, 'tenant');
  await vault.close();
  const story = new Story();
  await story.open(tenant);
  const [from, until] = ['2026-03-01T12:00:00.000Z', '2026-03-01T13:00:00.000Z'];
  const terms = { level: 'view-content', scope: { kind: 'account', id: null }, from, until };
  const grantee = { kind: 'employee', id: randomUUID() };
  const stream = `grant-${grant}`;
  await story.happens(tenant, stream, {
    type: 'access.grant-requested',
    body: { grant, grantee: { ...grantee, name: null }, ...terms, statement: null },
  });
  const approved = { grant, side: 'tenant', outright: true, until };
  await story.happens(tenant, stream, { type: 'access.grant-approved', body: approved });
  await story.happens(tenant, stream, { type: 'access.grant-activated', body: { grant, grantee, ...terms } });
  const events: EncodedEvent[] = [];
  for await (const event of story.log.readAll()) events.push(event);
  await log.append(stream, 'no-stream', events);
}

test('does not follow with a keyring that does not open the vault', async () => {
  const other = await mkdtemp(join(tmpdir(), 'candor-keyring-'));
  await LocalKeyring.openOrCreate(join(other, 'keyring.json'));
  environment = { ...environment, CANDOR_KEYRING_DIR: other };
  const text = 'The key service does not open this vault: is it of another installation?\n';
  expect(await said(start())).toEqual({ code: 1, text });
  environment = { ...environment, CANDOR_KEYRING_DIR: keyring };
  await rm(other, { recursive: true });
});

test('says in one sentence what is missing', async () => {
  const { EVENTSTORE_URL, ...rest } = environment;
  environment = { ...rest, CANDOR_DATA_DIR: keyring };
  const nothing = `EVENTSTORE_URL is not set, and no Candor runs with the data folder ${keyring}.\n`;
  expect(await said(start())).toEqual({ code: 1, text: nothing });
  environment = { ...rest, EVENTSTORE_URL: 'nonsense' };
  expect(await said(start())).toEqual({ code: 1, text: 'EVENTSTORE_URL must be an esdb:// URL.\n' });
  environment = { ...rest, EVENTSTORE_URL, CANDOR_ANCHOR_POLICY: '/nowhere' };
  expect(await said(start())).toEqual({ code: 1, text: 'The policy /nowhere cannot be read.\n' });
  environment = { ...rest, EVENTSTORE_URL, CANDOR_EPOCH_SECONDS: 'often' };
  const seconds = 'CANDOR_EPOCH_SECONDS is not a whole number from 1 to 86400.\n';
  expect(await said(start())).toEqual({ code: 1, text: seconds });
  environment = { ...rest, EVENTSTORE_URL };
  const from = 'What --from names must be an esdb:// URL.\n';
  expect(await said(start('recover', '--from', 'there'))).toEqual({ code: 1, text: from });
});

test('where a port is taken it says which, and ends', async () => {
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const whole = environment;
  try {
    for (const name of ['PROJECTOR_HEALTH_PORT', 'CANDOR_METRICS_PORT']) {
      environment = { ...whole, [name]: String(port) };
      const text = `Nothing can listen on 127.0.0.1:${port} (EADDRINUSE).\n`;
      expect(await said(start())).toEqual({ code: 1, text });
    }
  } finally {
    environment = whole;
    taken.close();
  }
});

test('how it is used: told to whoever asks, and to whoever mistypes, who is told what', async () => {
  const { code, text } = await said(start('population', '--help'));
  expect([code, text]).toEqual([0, expect.stringMatching(/^usage: /)]);
  for (const [words, sentence] of [
    [['frobnicate'], 'There is no command frobnicate.'],
    [['rebuild'], 'Alone, rebuild is not complete or not right;'],
    [['rebuild', 'nothing'], 'With nothing, rebuild is not complete or not right;'],
    [['population', '-x'], 'With -x, population is not complete or not right;'],
  ] as const) {
    const answer = await said(start(...words));
    expect([answer.code, answer.text.slice(0, sentence.length)]).toEqual([2, sentence]);
  }
});
