import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createPool,
  loadCheckpoints,
  type Pool,
  ViewListener,
  views,
  waitForView,
} from '@candor/read-models';
import { contents, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { pino } from 'pino';
import { Group } from '../following/group.js';
import { rebuild, RebuildFailed } from './rebuild.js';
import { statusLines, statusOf } from './status.js';

const TABLES = ['log', 'entry', 'kind', 'flag'].map((name) => `audit_log_v1.${name}`);
const [auditLog] = views;

let database: TestPostgres;
let pool: Pool;
let story: Story;
let tenant: string;
let listener: ViewListener;
let stop: () => Promise<void>;

beforeAll(async () => {
  database = await startPostgres();
});
afterAll(() => database.stop());

beforeEach(async () => {
  pool = createPool(database.projectorUrl);
  await pool.query('DELETE FROM projection.checkpoint');
  listener = await ViewListener.start(database.projectorUrl);
  story = new Story();
  tenant = await story.open(randomUUID());
  await story.happens(null, 'store-main', { type: 'platform.store-created', body: { store: randomUUID() } });
  stop = () => Promise.resolve();
});
afterEach(async () => {
  await stop();
  await listener.close();
  await pool.end();
});

const happens = () =>
  story.happens(tenant, `members-${tenant}`, {
    type: 'tenant.member-deactivated',
    body: { user: randomUUID(), role: 'member' },
  });

function follow(): void {
  const stopping = new AbortController();
  const group = new Group({
    name: 'views',
    views: views.map(({ name, into }) => into(name)),
    lockUrl: database.projectorUrl,
    log: story.log,
    pool,
    logger: pino({ level: 'silent' }),
  });
  const ended = group.run(stopping.signal);
  stop = async () => {
    stopping.abort();
    await ended;
  };
}

const options = () => ({
  log: story.log,
  pool,
  ownerUrl: database.ownerUrl,
  projectorUrl: database.projectorUrl,
  signal: AbortSignal.timeout(120_000),
  progress: () => undefined,
});
const level = async (): Promise<void> => waitForView(listener, 'audit_log_v1', await story.end(), 60_000);

/** Rows of the present tenant only: other tests use the same tables. */
async function rowsOf(): Promise<unknown> {
  const { rows } = await pool.query(
    `SELECT e::text AS row FROM audit_log_v1.entry e WHERE tenant_id = $1 ORDER BY index`,
    [tenant],
  );
  return rows;
}

describe('a rebuild', () => {
  test('gives the same rows and indexes, while the others go on, and is followed on from', async () => {
    for (let n = 0; n < 20; n++) await happens();
    follow();
    await level();
    const before = await rowsOf();
    expect(await rebuild(auditLog, options())).toBe(21);
    expect(await rowsOf()).toEqual(before);
    await happens();
    await level();
    expect(await rowsOf()).toHaveLength(21);
    const checkpoints = await loadCheckpoints(pool);
    expect([...checkpoints.keys()].sort()).toEqual(views.map(({ name }) => name).sort());
    expect(checkpoints.get('audit_log_v1')?.state).toBe('live');
  });

  test('switches under load without losing or doubling an entry', async () => {
    for (let n = 0; n < 50; n++) await happens();
    follow();
    await level();
    const done = new AbortController();
    const positions: bigint[] = [];
    const watching = (async () => {
      while (!done.signal.aborted) {
        await listener.changed(done.signal);
        positions.push(listener.standing('audit_log_v1')?.position ?? -1n);
      }
    })();
    const writing = (async () => {
      while (!done.signal.aborted) {
        await happens();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    await rebuild(auditLog, options());
    done.abort();
    await Promise.all([writing, watching]);
    await level();
    // Who was told that the view has passed a position is never shown less.
    expect(positions.every((position, n) => n === 0 || position >= (positions[n - 1] ?? 0n))).toBe(true);
    const events = await story.events();
    const { rows } = await pool.query<{ index: string; event_id: string }>(
      'SELECT index, event_id FROM audit_log_v1.entry WHERE tenant_id = $1 ORDER BY index',
      [tenant],
    );
    expect(rows).toEqual(events.slice(1).map(({ stored }, n) => ({ index: String(n), event_id: stored.id })));
  });

  test('repairs a view that has stopped and whose rows are wrong', async () => {
    for (let n = 0; n < 5; n++) await happens();
    follow();
    await level();
    const right = await rowsOf();
    await stop();
    await pool.query(`UPDATE audit_log_v1.entry SET type = 'wrong' WHERE tenant_id = $1`, [tenant]);
    await pool.query(`UPDATE projection.checkpoint SET state = 'failed' WHERE view = 'audit_log_v1'`);
    await rebuild(auditLog, options());
    expect(await rowsOf()).toEqual(right);
    expect((await loadCheckpoints(pool)).get('audit_log_v1')?.state).toBe('live');
  });

  test('of a view that was further than the store now reaches ends at the end of the log', async () => {
    const store = randomUUID();
    const begin = async () => {
      story = new Story();
      await story.open(tenant);
      await story.happens(null, 'store-main', { type: 'platform.store-created', body: { store } });
      await happens();
    };
    await begin();
    await happens();
    follow();
    await level();
    await stop();
    // The store is restored to a time before the second event.
    await begin();
    const lines = statusLines(await statusOf(story.log, pool, story.now));
    expect(lines.find((line) => line.startsWith('audit_log_v1'))).toMatch(
      / stands at an event that this event store does not have$/,
    );
    expect(await rebuild(auditLog, options())).toBe(2);
    expect(await rowsOf()).toHaveLength(1);
  });

  test('that cannot take an event leaves the living view as it is', async () => {
    await happens();
    follow();
    await level();
    await story.happensRaw(tenant, 'access-1', 'access.uncovered-detected', 9, {});
    const before = await contents(pool, TABLES);
    await stop();
    await pool.query(`UPDATE projection.checkpoint SET state = 'failed' WHERE view = 'audit_log_v1'`);
    await expect(rebuild(auditLog, options())).rejects.toThrow(RebuildFailed);
    expect(await contents(pool, TABLES)).toEqual(before);
    const { rows } = await pool.query(`SELECT FROM pg_namespace WHERE nspname = 'audit_log_v1_next'`);
    expect(rows).toEqual([]);
  });
});

test('status tells position, lag and failures', async () => {
  await happens();
  follow();
  await level();
  await stop();
  await pool.query(
    `UPDATE projection.checkpoint SET state = 'failed', error = 'TypeError at x', failed_at = '2026-03-01T12:00Z'
     WHERE view = 'deliveries_v1'`,
  );
  await happens();
  await happens();
  const status = await statusOf(story.log, pool, story.now + 4_000);
  expect(status).toHaveLength(views.length);
  const place = (await loadCheckpoints(pool)).get('audit_log_v1')?.place;
  expect(status.find(({ view }) => view === 'audit_log_v1')).toEqual({
    view: 'audit_log_v1',
    state: 'live',
    position: place?.position,
    behind: 2,
    lagMs: 5_000,
    error: null,
    failedAt: null,
    inLog: true,
  });
  expect(statusLines(status).find((line) => line.startsWith('deliveries_v1'))).toMatch(
    /failed .* TypeError at x, since 2026-03-01T12:00:00.000Z$/,
  );
});

test('status tells how far the views are also when they have stopped at what is no entry', async () => {
  await happens();
  follow();
  await level();
  await stop();
  await story.append('broken-1', {
    id: randomUUID(),
    type: 'tenant.registered',
    data: Buffer.from('{}'),
    metadata: Buffer.from('{}'),
  });
  const [first] = await statusOf(story.log, pool, story.now);
  expect(first).toMatchObject({ behind: 1, lagMs: null });
});
