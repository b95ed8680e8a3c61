import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createPool,
  inScope,
  loadCheckpoints,
  type Pool,
  type Projection,
  queryAuditLog,
  ViewBehind,
  ViewFailed,
  ViewListener,
  views,
  waitForView,
} from '@candor/read-models';
import { contents, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { pino } from 'pino';
import { Group } from './group.js';
import { WrongStore } from './store-identity.js';

const logger = pino({ level: 'silent' });
const TABLES = [
  ...['log', 'entry', 'kind', 'flag'].map((name) => `audit_log_v1.${name}`),
  'deliveries_v1.event',
  'projection.checkpoint',
];

let database: TestPostgres;
let pool: Pool;
let story: Story;
let tenant: string;
let listener: ViewListener;
let running: { stop: () => Promise<void> }[];

beforeAll(async () => {
  database = await startPostgres();
});
afterAll(() => database.stop());

beforeEach(async () => {
  pool = createPool(database.projectorUrl);
  await pool.query('DELETE FROM projection.checkpoint');
  listener = await ViewListener.start(database.apiUrl);
  running = [];
  story = new Story();
  tenant = await story.open(randomUUID());
  await story.happens(null, 'store-main', { type: 'platform.store-created', body: { store: randomUUID() } });
});
afterEach(async () => {
  for (const { stop } of running) await stop();
  await listener.close();
  await pool.end();
});

const all = () => views.map(({ name, into }) => into(name));

function start(projections: readonly Projection[] = all(), name = 'views') {
  const stopping = new AbortController();
  const group = new Group({
    name,
    views: projections,
    lockUrl: database.projectorUrl,
    log: story.log,
    pool,
    logger,
  });
  const ended = group.run(stopping.signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  const handle = { group, ended, stop };
  running.push(handle);
  return handle;
}

const deactivated = () =>
  story.happens(tenant, `members-${tenant}`, {
    type: 'tenant.member-deactivated',
    body: { user: randomUUID(), role: 'member' },
  });

const end = () => story.end();

const entries = async (): Promise<readonly number[]> => {
  const api = createPool(database.apiUrl);
  try {
    const page = await inScope(api, { kind: 'tenant', tenant }, (sql) =>
      queryAuditLog(sql, { tenant, filter: {}, order: 'oldest', cursor: null, limit: 1000 }),
    );
    return page.rows.map(({ index }) => index);
  } finally {
    await api.end();
  }
};

/** The same view, but with a chance to do something before or after its rows are written. */
const withHook = (
  view: Projection,
  hook: { before?: () => void; after?: (sql: Parameters<Projection['apply']>[1]) => Promise<void> },
): Projection => ({
  ...view,
  apply: async (events, sql) => {
    hook.before?.();
    await view.apply(events, sql);
    await hook.after?.(sql);
  },
});

const only = (name: string): Projection => {
  const found = all().find((view) => view.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const counts = (n: number) => Array.from({ length: n }, (_, index) => index);

describe('a group', () => {
  test('follows from the beginning and goes on, and every view passes every position', async () => {
    for (let n = 0; n < 5; n++) await deactivated();
    start();
    for (const { name } of views) await waitForView(listener, name, await end(), 60_000);
    await deactivated();
    for (const { name } of views) await waitForView(listener, name, await end(), 60_000);
    expect(await entries()).toEqual(counts(6));
  });

  test('resumes where it was, with nothing twice and nothing missing', async () => {
    await deactivated();
    const first = start();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    await first.stop();
    await deactivated();
    start();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    expect(await entries()).toEqual(counts(2));
  });

  test('a crash between rows and commit leaves nothing, and the batch is applied again', async () => {
    for (let n = 0; n < 4; n++) await deactivated();
    let crashes = 2;
    const view = withHook(only('audit_log_v1'), {
      after: async (sql) => {
        if (crashes-- > 0) await sql.query('SELECT pg_terminate_backend(pg_backend_pid())');
      },
    });
    start([view, only('deliveries_v1')]);
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    expect(crashes).toBeLessThan(0);
    expect(await entries()).toEqual(counts(4));
  });

  test('a view that stops is detached, the others go on, and once it can go on it joins again', async () => {
    let broken = true;
    const failing = withHook(only('deliveries_v1'), {
      before: () => {
        if (broken) throw new TypeError('a secret@example.org is in this message');
      },
    });
    await story.happensRaw(tenant, 'message-1', 'delivery.attempted', 1, {
      messageId: randomUUID(),
      recipient: randomUUID(),
    });
    const place = await end();
    start([only('audit_log_v1'), failing]);
    await expect(waitForView(listener, 'deliveries_v1', place, 60_000)).rejects.toThrow(ViewFailed);
    await deactivated();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    const stopped = (await loadCheckpoints(pool)).get('deliveries_v1');
    expect(stopped?.state).toBe('failed');
    expect(stopped?.error).toMatch(/^TypeError /);
    expect(stopped?.error).not.toContain('@');

    broken = false;
    const position = await end();
    while (listener.standing('deliveries_v1')?.state === 'failed')
      await new Promise((resolve) => setTimeout(resolve, 50));
    await waitForView(listener, 'deliveries_v1', position, 60_000);
    await deactivated();
    await waitForView(listener, 'deliveries_v1', await end(), 60_000);
    expect(
      (await pool.query('SELECT FROM deliveries_v1.event WHERE tenant_id = $1', [tenant])).rowCount,
    ).toBe(1);
  });

  test.each([
    ['a type it does not know', 'deliveries_v1', 'delivery.teleported', 1],
    ['a newer schema', 'deliveries_v1', 'delivery.attempted', 99],
    ['a type it does not know', 'access_grants_v1', 'access.grant-teleported', 1],
    ['a newer schema', 'access_grants_v1', 'access.grant-requested', 99],
    ['a type it does not know', 'account_history_v1', 'tenant.teleported', 1],
  ])('%s stops %s, which it concerns, and no other', async (_, stopped, type, schema) => {
    await story.happensRaw(tenant, 'message-1', type, schema, {
      messageId: randomUUID(),
      recipient: randomUUID(),
    });
    start();
    const position = await end();
    await expect(waitForView(listener, stopped, position, 60_000)).rejects.toThrow(ViewFailed);
    for (const { name } of views) if (name !== stopped) await waitForView(listener, name, position, 60_000);
    expect(await entries()).toEqual([0]);
  });

  test('bytes that are no entry stop every view before them', async () => {
    await deactivated();
    const before = await end();
    await story.append('broken-1', {
      id: randomUUID(),
      type: 'tenant.registered',
      data: Buffer.from('{}'),
      metadata: Buffer.from('{}'),
    });
    await deactivated();
    start();
    const position = await end();
    await waitForView(listener, 'audit_log_v1', before, 60_000);
    for (const { name } of views)
      await expect(waitForView(listener, name, position, 60_000)).rejects.toThrow(ViewFailed);
    expect(await entries()).toEqual([0]);
  });

  test('a view that is new comes up on its own and joins the others', async () => {
    for (let n = 0; n < 20; n++) await deactivated();
    const first = start([only('account_history_v1')]);
    await waitForView(listener, 'account_history_v1', await end(), 60_000);
    await first.stop();
    start([only('account_history_v1'), only('audit_log_v1')]);
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    await deactivated();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    expect(await entries()).toEqual(counts(21));
  });

  test('two runners past the lock: the checkpoint lets only one of them write', async () => {
    for (let n = 0; n < 3; n++) await deactivated();
    start(all(), 'one');
    start(all(), 'two');
    for (let n = 0; n < 30; n++) await deactivated();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    expect(await entries()).toEqual(counts(33));
  });

  test('one leads, the other waits and takes over when the session with the lock is gone', async () => {
    const first = start();
    const second = start();
    await deactivated();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    // The views are level a moment before the leader says what it does.
    const states = (): readonly string[] => [first.group.state, second.group.state].sort();
    while (states().join() !== 'following,waiting for the lock') await sleep(20);
    const leader = first.group.state === 'following' ? first : second;
    await leader.stop();
    await deactivated();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    expect(await entries()).toEqual(counts(2));
  });

  test('the leader stops at once when the session with its lock is gone, and it or the other leads again', async () => {
    const [first, second] = [start(), start()];
    await deactivated();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    const admin = createPool(database.adminUrl);
    const { rowCount } = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    await admin.end();
    expect(rowCount).toBe(1);
    for (let n = 0; n < 20; n++) await deactivated();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    expect(await entries()).toEqual(counts(21));
    // The views are level a moment before the leader says what it does.
    while (![first.group.state, second.group.state].includes('following')) await sleep(20);
  });

  test('whoever waits for a view hears of it also after the connection was lost', async () => {
    start();
    await deactivated();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    const admin = createPool(database.adminUrl);
    const { rowCount } = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'candor-listener' AND datname = current_database()`,
    );
    await admin.end();
    // One of a test before may not have gone yet.
    expect(rowCount).toBeGreaterThanOrEqual(1);
    await deactivated();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    await expect(waitForView(listener, 'audit_log_v1', (await end()) + 1n, 50)).rejects.toThrow(ViewBehind);
  });

  test('another store is never followed silently', async () => {
    await deactivated();
    const first = start();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    await first.stop();
    const before = await contents(pool, TABLES);

    story = new Story();
    await story.happens(null, 'store-main', {
      type: 'platform.store-created',
      body: { store: randomUUID() },
    });
    const second = start();
    expect(await second.ended).toBeInstanceOf(WrongStore);
    expect(await contents(pool, TABLES)).toEqual(before);
  });

  test('a store that was restored to an earlier state is never followed silently', async () => {
    const store = randomUUID();
    story = new Story();
    await story.open(tenant);
    await story.happens(null, 'store-main', { type: 'platform.store-created', body: { store } });
    await deactivated();
    const first = start();
    await waitForView(listener, 'audit_log_v1', await end(), 60_000);
    await first.stop();

    story = new Story();
    await story.open(tenant);
    await story.happens(null, 'store-main', { type: 'platform.store-created', body: { store } });
    await deactivated();
    await deactivated();
    const before = await contents(pool, TABLES);
    const second = start();
    while (second.group.state !== 'behind') await sleep(25);
    await second.stop();
    expect(await contents(pool, TABLES)).toEqual(before);
  });
});
