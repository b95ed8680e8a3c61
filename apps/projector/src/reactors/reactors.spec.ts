import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { reactionCommandId } from '@candor/crypto';
import { type DomainEvent, type EntryContext, plus } from '@candor/domain';
import { type EventLog, Executor } from '@candor/event-store';
import { createPool, type Pool, ViewListener, views, waitForView } from '@candor/read-models';
import { startPostgres, Story, type TestPostgres } from '@candor/testing';
import { pino } from 'pino';
import { Group } from '../following/group.js';
import { WrongStore } from '../following/store-identity.js';
import { Tap } from '../following/tap.js';
import { AccessReactor } from './access-reactor.js';
import { ExpiryReactor } from './expiry-reactor.js';
import { UNCOVERED_ACCESSES } from './uncovered-accesses.js';

const logger = pino({ level: 'silent' });

let database: TestPostgres;
let pool: Pool;
let story: Story;
let tenant: string;
let platform: string;
let listener: ViewListener;
let stops: (() => Promise<void>)[];

// Reactors look across tenants, so each test has a database of its own.
beforeEach(async () => {
  database = await startPostgres();
  pool = createPool(database.projectorUrl);
  listener = await ViewListener.start(database.projectorUrl);
  story = new Story();
  platform = await story.open(await story.vault.platformLog(), 'platform');
  tenant = await story.open(randomUUID());
  await story.happens(null, 'store-main', { type: 'platform.store-created', body: { store: randomUUID() } });
  stops = [];
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  await listener.close();
  await pool.end();
  await database.stop();
});

function run(runner: { run: (signal: AbortSignal) => Promise<void> }): () => Promise<void> {
  const stopping = new AbortController();
  const ended = runner.run(stopping.signal);
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  stops.push(stop);
  return stop;
}

const around = () => ({
  log: story.log,
  pool,
  logger,
  vault: story.vault,
  platform,
  listener,
  lockUrl: database.projectorUrl,
  executor: new Executor(story.log, story.codec, { now: () => story.now }),
  now: () => story.now,
});

const project = (tap?: Tap) =>
  run(
    new Group({
      name: 'views',
      views: views.map(({ name, into }) => into(name)),
      lockUrl: database.projectorUrl,
      log: story.log,
      pool,
      logger,
      ...(tap === undefined ? {} : { tap }),
    }),
  );

const employee = randomUUID();
const mailbox = randomUUID();

function accessed(
  more: Partial<EntryContext> = {},
  resource = { kind: 'mailbox', id: mailbox },
  operation = 'read',
): Promise<string> {
  return story.happens(
    tenant,
    `access-${randomUUID()}`,
    {
      type: 'access.data-accessed',
      body: {
        reporter: randomUUID(),
        receivedAt: new Date(story.now).toISOString(),
        resource,
        within: [],
        user: null,
        operation,
        level: 'view-content',
        purpose: 'support',
        purposeText: null,
        categories: ['content'],
        records: 1,
      },
    },
    { actor: { kind: 'employee', id: employee, onBehalfOf: null, name: null }, ...more },
  );
}

async function granted(until: string): Promise<string> {
  const grant = randomUUID();
  const terms = {
    level: 'view-content',
    scope: { kind: 'mailbox', id: mailbox },
    from: new Date(story.now + 1_000).toISOString(),
    until,
  };
  const grantee = { kind: 'employee', id: employee };
  const events: DomainEvent[] = [
    {
      type: 'access.grant-requested',
      body: { grant, grantee: { ...grantee, name: null }, ...terms, statement: null },
    },
    { type: 'access.grant-approved', body: { grant, side: 'tenant', outright: true, until } },
    { type: 'access.grant-activated', body: { grant, grantee, ...terms } },
  ];
  for (const event of events) await story.happens(tenant, `grant-${grant}`, event);
  return grant;
}

const inAnHour = () => plus(new Date(story.now).toISOString(), 3_600_000);

async function eventsOf(type: string) {
  return (await story.events()).filter(({ stored }) => stored.type === type);
}

/** Until the reactor has dealt with everything that was reported. */
async function settled(): Promise<void> {
  const last = (await eventsOf('access.data-accessed')).at(-1)?.position;
  for (;;) {
    const { rows } = await pool.query<{ position: string }>(
      'SELECT position FROM reaction.checkpoint WHERE reactor = $1',
      [UNCOVERED_ACCESSES],
    );
    if (String(rows[0]?.position) === String(last)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe('uncovered accesses', () => {
  test('are flagged in their own stream, and covered ones are not', async () => {
    project();
    run(new AccessReactor(around()));
    await accessed();
    const grant = await granted(inAnHour());
    await accessed();
    await accessed({ authorization: { permission: null, grant } });
    const outside = await accessed({}, { kind: 'mailbox', id: randomUUID() });
    const deletion = await accessed({}, { kind: 'mailbox', id: mailbox }, 'delete');
    await accessed({ outcome: 'refused' }, { kind: 'mailbox', id: randomUUID() });
    await accessed({
      actor: { kind: 'service', id: randomUUID(), onBehalfOf: null, name: null },
      authorization: { permission: 'sync', grant: null },
    });
    await settled();

    const accesses = await eventsOf('access.data-accessed');
    const flags = await eventsOf('access.uncovered-detected');
    expect(flags.map(({ entry }) => entry.json.body)).toEqual([
      { access: accesses[0]?.stored.id, missing: 'no-grant', grant: null, rule: 1 },
      { access: outside, missing: 'outside-scope', grant, rule: 1 },
      { access: deletion, missing: 'level-too-low', grant, rule: 1 },
    ]);
    const { kId } = await story.vault.secrets(tenant);
    for (const { stored, entry } of flags) {
      expect(entry.command).toBe(
        reactionCommandId(kId, { reactor: 'uncovered-accesses', cause: entry.causation ?? '', n: 0 }),
      );
      const access = accesses.find(({ stored: { id } }) => id === entry.causation);
      expect(stored.stream).toBe(access?.stored.stream);
      expect(entry.json).toMatchObject({
        log: tenant,
        actor: { kind: 'service', id: platform },
        correlation: access?.entry.json.correlation,
      });
    }
  });

  test('are taken from what the views of the process have passed, and from the store while those do not follow', async () => {
    const tap = new Tap(({ stored }) => stored.type === 'access.data-accessed');
    let reading = 0;
    const { log } = story;
    const watched: EventLog = {
      append: (...append) => log.append(...append),
      readStream: (...read) => log.readStream(...read),
      readAll: (options) => log.readAll(options),
      async *subscribeAll(options) {
        reading += 1;
        try {
          yield* log.subscribeAll(options);
        } finally {
          reading -= 1;
        }
      },
      close: () => log.close(),
    };
    run(new AccessReactor({ ...around(), log: watched, tap }));
    const accesses = [await accessed(), await accessed()];
    const stop = project(tap);
    await settled();
    while (reading > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    accesses.push(await accessed());
    await settled();
    expect(reading).toBe(0);
    await stop();
    accesses.push(await accessed());
    // Another process may follow now: what it passes never comes by here.
    while (reading === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    project(tap);
    await settled();
    const flags = await eventsOf('access.uncovered-detected');
    expect(flags.map(({ entry }) => entry.causation)).toEqual(accesses);
  });

  test('that the views passed before they were followed here are taken from the store', async () => {
    const tap = new Tap(({ stored }) => stored.type === 'access.data-accessed');
    const accesses = [await accessed(), await accessed()];
    const stop = project();
    while ((listener.standing('audit_log_v1')?.position ?? -1n) < (await story.end()))
      await new Promise((resolve) => setTimeout(resolve, 5));
    await stop();
    project(tap);
    while (!tap.holds(await story.end())) await new Promise((resolve) => setTimeout(resolve, 5));
    run(new AccessReactor({ ...around(), tap }));
    accesses.push(await accessed());
    await settled();
    const flags = await eventsOf('access.uncovered-detected');
    expect(flags.map(({ entry }) => entry.causation)).toEqual(accesses);
  });

  test('by a member are covered while the membership lasts', async () => {
    project();
    run(new AccessReactor(around()));
    const user = randomUUID();
    const member = { actor: { kind: 'user', id: user, onBehalfOf: null, name: null } } as const;
    const members = `members-${tenant}`;
    const before = await accessed(member);
    await story.happens(tenant, members, {
      type: 'tenant.member-invited',
      body: { user, role: 'member', address: 'kim@example.org', name: null },
    });
    await accessed(member);
    await story.happens(tenant, members, {
      type: 'tenant.member-deactivated',
      body: { user, role: 'member' },
    });
    const after = await accessed(member);
    await settled();
    expect((await eventsOf('access.uncovered-detected')).map(({ entry }) => entry.causation)).toEqual([
      before,
      after,
    ]);
  });

  test('are flagged once, however often the reactor dies between append and outbox, or starts from nothing', async () => {
    project();
    const accesses: string[] = [];
    for (let n = 0; n < 5; n++) accesses.push(await accessed());
    let crashes = 3;
    const options = around();
    const failing = new Proxy(pool, {
      get: (target, name) => {
        if (name === 'connect' && crashes-- > 0)
          return () => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const stop = run(new AccessReactor({ ...options, pool: failing }));
    await settled();
    await stop();
    expect(crashes).toBeLessThanOrEqual(0);

    // A checkpoint that was lost, and an outbox too: the command is found in the stream.
    await pool.query('UPDATE reaction.checkpoint SET position = NULL, event_id = NULL');
    const owner = createPool(database.ownerUrl);
    await owner.query('TRUNCATE reaction.outbox');
    await owner.end();
    run(new AccessReactor(around()));
    await settled();
    const flags = await eventsOf('access.uncovered-detected');
    expect(flags.map(({ entry }) => entry.causation)).toEqual(accesses);
    const { rows } = await pool.query('SELECT event_id, result FROM reaction.outbox WHERE reactor = $1', [
      UNCOVERED_ACCESSES,
    ]);
    expect(rows).toHaveLength(5);
  });
});

describe('grant expiry', () => {
  test('says once that a grant is over, when its time has come and not before', async () => {
    project();
    const reactor = new ExpiryReactor(around());
    const grant = await granted(inAnHour());
    await waitForView(listener, 'access_grants_v1', await story.end(), 60_000);
    expect(await reactor.expire()).toBe(0);
    story.now += 3_700_000;
    expect(await reactor.expire()).toBe(1);
    const [expired, ...more] = await eventsOf('access.grant-expired');
    expect(more).toEqual([]);
    expect(expired?.stored.stream).toBe(`grant-${grant}`);
    // Whether or not the view has seen it by now, and also when the outbox is lost.
    expect(await reactor.expire()).toBe(0);
    const owner = createPool(database.ownerUrl);
    await owner.query('TRUNCATE reaction.outbox');
    await owner.end();
    await new ExpiryReactor(around()).expire();
    expect(await eventsOf('access.grant-expired')).toHaveLength(1);
  });

  test('leaves a revoked grant alone', async () => {
    project();
    const grant = await granted(inAnHour());
    await story.happens(tenant, `grant-${grant}`, {
      type: 'access.grant-revoked',
      body: { grant, lastUseBy: inAnHour() },
    });
    await waitForView(listener, 'access_grants_v1', await story.end(), 60_000);
    story.now += 7_200_000;
    expect(await new ExpiryReactor(around()).expire()).toBe(0);
  });

  test('more than a batch of grants that cannot be expired hold up no other', async () => {
    project();
    const stuck = tenant;
    for (let n = 0; n < 201; n++) await granted(inAnHour());
    tenant = await story.open(randomUUID());
    const grant = await granted(inAnHour());
    await waitForView(listener, 'access_grants_v1', await story.end(), 60_000);
    story.now += 7_200_000;
    const vault = new Proxy(story.vault, {
      get: (target, name) => {
        if (name === 'secrets')
          return (log: string) =>
            log === stuck ? Promise.reject(new TypeError('lost')) : target.secrets(log);
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const reactor = new ExpiryReactor({ ...around(), vault });
    while ((await reactor.expire()) > 0);
    const expired = await eventsOf('access.grant-expired');
    expect(expired.map(({ stored }) => stored.stream)).toEqual([`grant-${grant}`]);

    // Set aside is not given up.
    story.now += 600_000;
    expect(await new ExpiryReactor(around()).expire()).toBe(200);
    expect(await reactor.expire()).toBe(1);
  });

  test('does nothing about another store, in which every grant would be refused', async () => {
    const stop = project();
    await granted(inAnHour());
    await waitForView(listener, 'access_grants_v1', await story.end(), 60_000);
    await stop();
    const other = new Story(story.now + 7_200_000);
    await other.happens(null, 'store-main', {
      type: 'platform.store-created',
      body: { store: randomUUID() },
    });
    const executor = new Executor(other.log, other.codec, { now: () => other.now });
    const reactor = new ExpiryReactor({ ...around(), log: other.log, executor, now: () => other.now });
    await expect(reactor.run(AbortSignal.timeout(120_000))).rejects.toThrow(WrongStore);
    expect((await pool.query('SELECT FROM reaction.outbox')).rowCount).toBe(0);
  });

  test('a lock that is lost is taken again, and is no alarm', async () => {
    const lines: unknown[] = [];
    const write = (line: string) => {
      lines.push(JSON.parse(line));
    };
    const reactor = new ExpiryReactor({ ...around(), logger: pino({ level: 'warn' }, { write }) });
    run(reactor);
    const until = async (holds: () => boolean) => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 25));
    };
    await until(() => reactor.state === 'following');
    const admin = createPool(database.adminUrl);
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'candor-lock-reactor-grant-expiry' AND datname = current_database()`,
    );
    await admin.end();
    await until(() => lines.length > 0);
    expect(lines).toMatchObject([{ level: 40, reason: 'LockLost' }]);
    await until(() => reactor.state === 'following');
  });
});
