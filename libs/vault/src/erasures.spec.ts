import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalize, type Json, MemoryKeyService, parseCanonical } from '@candor/crypto';
import { Codec, type KeyRequest, MemoryLog, VaultUnavailable } from '@candor/event-store';
import { covers, type EntryContext, type HoldScope } from '@candor/domain';
import { startPostgres } from '@candor/testing';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, Pool } from 'pg';
import { applyOrders, ORDERS, OrdersDiffer } from './apply-orders.js';
import type { LogVault } from './log-vault.js';
import { MemoryVault } from './memory-vault.js';
import { PgVault } from './pg/pg-vault.js';

const postgres = await startPostgres();
const service = new MemoryKeyService();
const owner = new Client({ connectionString: postgres.ownerUrl });
await owner.connect();
const opened: PgVault[] = [];
const pgVault = (): PgVault => {
  const vault = PgVault.open(postgres.vaultUrl, service);
  opened.push(vault);
  return vault;
};
afterAll(async () => {
  await Promise.all(opened.map((vault) => vault.close()));
  await owner.end();
  await postgres.stop();
});

let log: string;
const request = (value: string, more: Partial<KeyRequest> = {}): KeyRequest => ({
  log,
  subject: { kind: 'recipient', value },
  retention: 'delivery',
  period: '2026-11',
  ...more,
});
const order = (keys: readonly string[] | null, more: object = {}) => ({
  event: randomUUID(),
  log,
  keys,
  retention: null,
  period: null,
  rule: 'erasure' as const,
  ground: 'objection' as const,
  again: false,
  ...more,
});
const stateOf = async (vault: LogVault, keyId: string) => (await vault.openKeys(log, [keyId])).get(keyId);

async function keysOf(vault: LogVault, ...requests: readonly KeyRequest[]): Promise<readonly string[]> {
  return (await vault.dataKeys(requests)).map(({ keyId }) => keyId);
}
async function next(vault: LogVault): Promise<bigint> {
  return (await vault.erasures.erasuresApplied()).revision + 1n;
}

describe.each([
  ['MemoryVault', () => new MemoryVault()],
  ['PgVault', pgVault],
])('%s', (_, make: () => LogVault) => {
  let vault: LogVault;
  beforeEach(async () => {
    log = randomUUID();
    vault = make();
    await vault.createLog(log, 'tenant');
  });

  test('an order takes the keys it names, and what their subject was found by', async () => {
    const [ada, bob] = await vault.subjects(log, [
      { kind: 'recipient', value: 'ada@example.org' },
      { kind: 'recipient', value: 'bob@example.org' },
    ]);
    const [one = '', two = '', third = ''] = await keysOf(
      vault,
      request('ada@example.org'),
      request('ada@example.org', { period: '2026-10' }),
      request('bob@example.org'),
    );
    expect((await vault.erasures.livingKeys(log, [ada ?? ''])).map(({ keyId }) => keyId).toSorted()).toEqual(
      [one, two].toSorted(),
    );
    const revision = await next(vault);
    const first = order([one]);
    await vault.erasures.applyErasure(revision, first);
    expect(await stateOf(pgOr(vault), one)).toEqual({ state: 'erased', by: first.event });
    // A key of the same subject lives: it is still found.
    expect(await vault.subjects(log, [{ kind: 'recipient', value: 'ada@example.org' }])).toEqual([ada]);
    await vault.erasures.applyErasure(revision + 1n, order([two]));
    const [anew, same] = await pgOr(vault).subjects(log, [
      { kind: 'recipient', value: 'ada@example.org' },
      { kind: 'recipient', value: 'bob@example.org' },
    ]);
    expect(anew).not.toBe(ada);
    expect(same).toBe(bob);
    expect((await stateOf(pgOr(vault), third))?.state).toBe('present');
    expect(await vault.erasures.carriedOut([first.event])).toMatchObject({ keys: 1 });
  });

  test('of whom something new is sealed after an erasure, that one is found again, and can be erased again', async () => {
    const value = 'ada@example.org';
    const [ada = ''] = await vault.subjects(log, [{ kind: 'recipient', value }]);
    const known = (of: LogVault, address?: string) =>
      keysOf(of, {
        ...request(value, { subject: { subject: ada }, names: ['Ada L.'] }),
        ...(address === undefined ? {} : { address: { kind: 'recipient', value: address } }),
      });
    const [first = ''] = await known(vault, value);
    await vault.erasures.applyErasure(await next(vault), order([first]));
    expect(await vault.findSubjects(log, { address: value })).toEqual([]);
    // Whoever does not know the address makes nobody findable; whoever does, does.
    const fresh = pgOr(vault);
    await keysOf(fresh, request(value, { subject: { subject: ada }, period: '2026-12' }));
    expect(await fresh.findSubjects(log, { address: value })).toEqual([]);
    const [second = ''] = await known(fresh, value);
    expect(second).not.toBe(first);
    const found = [{ subject: ada, kind: 'recipient' }];
    expect(await fresh.findSubjects(log, { address: value })).toEqual(found);
    expect(await fresh.findSubjects(log, { name: 'ada l.' })).toEqual(found);
    const living = await fresh.erasures.livingKeys(log, [ada]);
    expect(living).toHaveLength(2);
    await fresh.erasures.applyErasure(await next(vault), order(living.map(({ keyId }) => keyId)));
    expect(await pgOr(vault).findSubjects(log, { address: value })).toEqual([]);
    expect(await pgOr(vault).findSubjects(log, { name: 'Ada L.' })).toEqual([]);
  });

  test('an address that is another’s by now stays that one’s', async () => {
    const value = 'ada@example.org';
    const [ada = ''] = await vault.subjects(log, [{ kind: 'recipient', value }]);
    const [key = ''] = await keysOf(vault, request(value));
    await vault.erasures.applyErasure(await next(vault), order([key]));
    const fresh = pgOr(vault);
    const [anew = ''] = await fresh.subjects(log, [{ kind: 'recipient', value }]);
    const address = { kind: 'recipient', value } as const;
    await keysOf(fresh, { ...request(value, { subject: { subject: ada } }), address });
    expect(await fresh.findSubjects(log, { address: value })).toEqual([{ subject: anew, kind: 'recipient' }]);
  });

  test('carried out again it changes nothing; one before its turn is refused', async () => {
    const [key = ''] = await keysOf(vault, request('ada@example.org'));
    const revision = await next(vault);
    await vault.erasures.applyErasure(revision, order([key]));
    const [anew = ''] = await keysOf(pgOr(vault), request('ada@example.org'));
    expect(anew).not.toBe(key);
    await vault.erasures.applyErasure(revision, order([anew]));
    expect((await stateOf(pgOr(vault), anew))?.state).toBe('present');
    await expect(vault.erasures.applyErasure(revision + 2n, order([anew]))).rejects.toThrow(RangeError);
  });

  test('the last order of a log is found, and none of another log’s', async () => {
    expect(await vault.erasures.lastOrder(log)).toBeNull();
    const revision = await next(vault);
    await vault.erasures.applyErasure(revision, order([randomUUID()]));
    await vault.erasures.applyErasure(revision + 1n, order([randomUUID()], { log: randomUUID() }));
    expect(await vault.erasures.lastOrder(log)).toBe(revision);
  });

  test('without names it takes every key of a class and a period, of this log alone', async () => {
    const [gone = '', kept = ''] = await keysOf(
      vault,
      request('ada@example.org'),
      request('ada@example.org', { period: '2026-12' }),
    );
    const elsewhere = randomUUID();
    await vault.createLog(elsewhere, 'tenant');
    const [other] = await vault.dataKeys([{ ...request('ada@example.org'), log: elsewhere }]);
    await vault.erasures.applyErasure(
      await next(vault),
      order(null, { retention: 'delivery', period: '2026-11' }),
    );
    const fresh = pgOr(vault);
    expect((await stateOf(fresh, gone))?.state).toBe('erased');
    expect((await stateOf(fresh, kept))?.state).toBe('present');
    expect((await fresh.openKeys(elsewhere, [other?.keyId ?? ''])).get(other?.keyId ?? '')?.state).toBe(
      'present',
    );
  });

  test('what is due is found by class and period, the earliest first', async () => {
    const another = randomUUID();
    await vault.createLog(another, 'tenant');
    const periods = ['2021-03', '2021-01', '2021-02', '2021-12'];
    await keysOf(
      vault,
      ...periods.map((period) => request('ada@example.org', { period })),
      ...periods.map((period) => request('bob@example.org', { period })),
      request('ada@example.org', { period: '2021-02', log: another }),
      request('ada@example.org', { retention: 'reading', period: '2021-01' }),
      request('ada@example.org', { retention: 'account', period: '2020' }),
    );
    const due = async (retention: string, last: string) =>
      (await vault.erasures.livingPlaces([{ retention, last }]))
        .filter((place) => place.log === log || place.log === another)
        .map((place) => `${place.log === log ? 'log' : 'another'} ${place.retention} ${place.period}`);
    const found = await due('delivery', '2021-03');
    expect(found[0]).toBe('log delivery 2021-01');
    expect(found.slice(1, 3).toSorted()).toEqual(['another delivery 2021-02', 'log delivery 2021-02']);
    expect(found.slice(3)).toEqual(['log delivery 2021-03']);
    expect(await due('delivery', '2020-12')).toEqual([]);
    expect(await due('account', '2020')).toEqual(['log account 2020']);
    const both = await vault.erasures.livingPlaces([
      { retention: 'reading', last: '2021-12' },
      { retention: 'account', last: '2020' },
      { retention: 'public', last: '2021' },
    ]);
    expect(both.filter((place) => place.log === log)).toEqual([
      { log, retention: 'reading', period: '2021-01' },
      { log, retention: 'account', period: '2020' },
    ]);
    const none = randomUUID();
    await vault.createLog(none, 'tenant');
    expect((await vault.erasures.logsWithKeys([log, none, another])).toSorted()).toEqual(
      [log, another].toSorted(),
    );
  });

  test('keys that holds cover are told from others, as holds say', async () => {
    const names = ['ada', 'bob', 'cem'];
    const places = names.flatMap((name) => [
      request(`${name}@example.org`),
      request(`${name}@example.org`, { retention: 'reading' }),
      request(`${name}@example.org`, { period: '2026-12' }),
    ]);
    await keysOf(vault, ...places);
    const [ada = '', bob = ''] = await vault.subjects(
      log,
      names.map((name) => ({ kind: 'recipient', value: `${name}@example.org` })),
    );
    const living = await vault.erasures.livingKeys(log, null);
    expect(living).toHaveLength(9);
    const holdSets: HoldScope[][] = [
      [],
      [{ subject: ada, class: null }],
      [{ subject: null, class: 'reading' }],
      [{ subject: null, class: null }],
      [
        { subject: ada, class: 'delivery' },
        { subject: bob, class: 'reading' },
      ],
      [{ subject: randomUUID(), class: null }],
    ];
    for (const holds of holdSets)
      for (const [retention, period] of [
        [null, null],
        ['delivery', '2026-11'],
        ['reading', null],
      ] as const) {
        const there = living.filter(
          (key) =>
            (retention === null || key.retention === retention) && (period === null || key.period === period),
        );
        const free = there.filter(
          (key) => !holds.some((hold) => covers(hold, { subject: key.subject, class: key.retention })),
        );
        const { held, keys } = await vault.erasures.freeKeys({ log, retention, period }, holds, 100);
        expect([held, keys.toSorted()]).toEqual([
          free.length < there.length,
          free.map(({ keyId }) => keyId).toSorted(),
        ]);
        const few = await vault.erasures.freeKeys({ log, retention, period }, holds, 1);
        expect(few.keys).toHaveLength(Math.min(1, free.length));
      }
  });

  test('what an order took is told page by page, also what was named and did not live', async () => {
    const living = await keysOf(vault, request('ada@example.org'), request('bob@example.org'));
    const lost = randomUUID();
    const [named, whole] = [order([living[0] ?? '', lost]), order(null)];
    const revision = await next(vault);
    await vault.erasures.applyErasure(revision, named);
    await vault.erasures.applyErasure(revision + 1n, whole);
    const all = [living[0] ?? '', lost].toSorted();
    expect(await vault.erasures.keysTaken(named.event, null, 10)).toEqual(all);
    expect(await vault.erasures.keysTaken(named.event, null, 1)).toEqual(all.slice(0, 1));
    expect(await vault.erasures.keysTaken(named.event, all[0] ?? '', 10)).toEqual(all.slice(1));
    expect(await vault.erasures.keysTaken(whole.event, null, 10)).toEqual(living.slice(1));
    expect(await vault.erasures.keysTaken(randomUUID(), null, 10)).toEqual([]);
  });

  test('orders are announced until that is taken back, each by itself and in its own log', async () => {
    expect(await vault.erasures.ordersAnnounced(log)).toBe(false);
    const [one, two] = [await vault.erasures.announceOrders(log), await vault.erasures.announceOrders(log)];
    expect(await vault.erasures.ordersAnnounced(log)).toBe(true);
    expect(await vault.erasures.ordersAnnounced(randomUUID())).toBe(false);
    await one();
    expect(await vault.erasures.ordersAnnounced(log)).toBe(true);
    await two();
    expect(await vault.erasures.ordersAnnounced(log)).toBe(false);
  });

  test('who waits for a turn of another name waits for nobody', async () => {
    let end = (): void => undefined;
    const long = vault.erasures.inTurn('long', () => new Promise<void>((resolve) => (end = resolve)));
    await vault.erasures.inTurn('other', () => Promise.resolve());
    end();
    await long;
  });

  test('a turn whose work fails is over', async () => {
    const fails = vault.erasures.inTurn('x', () => Promise.reject(new Error('broken')));
    await expect(fails).rejects.toThrow('broken');
    expect(await vault.erasures.inTurn('x', () => Promise.resolve('done'))).toBe('done');
  });

  test('what is done in turn is not done at once', async () => {
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} begins`);
      await sleep(20);
      seen.push(`${name} ends`);
    };
    await Promise.all(['a', 'b'].map((name) => vault.erasures.inTurn('x', work(name))));
    expect(seen[1]?.[0]).toBe(seen[0]?.[0]);
  });
});

/** As another process sees it: what this one has kept is another matter. */
const pgOr = (vault: LogVault): LogVault => (vault instanceof PgVault ? pgVault() : vault);

test('turns never take the connections that their own work needs', async () => {
  const pool = new Pool({ connectionString: postgres.vaultUrl, max: 2, connectionTimeoutMillis: 1_000 });
  const vault = new PgVault(pool, service);
  opened.push(vault);
  log = randomUUID();
  const turns = ['x', 'x', 'y', 'z'].map((name) =>
    vault.erasures.inTurn(name, () => vault.erasures.livingKeys(log, null)),
  );
  expect(await Promise.all(turns)).toEqual([[], [], [], []]);
});

test('of what was announced and not taken back nothing comes after a minute', async () => {
  log = randomUUID();
  const vault = pgVault();
  await vault.erasures.announceOrders(log);
  const later = `UPDATE vault.order_announcement SET announced_at = announced_at - interval '61 seconds'`;
  await owner.query(`${later} WHERE log = $1`, [log]);
  expect(await vault.erasures.ordersAnnounced(log)).toBe(false);
  await (
    await vault.erasures.announceOrders(log)
  )();
  const { rows } = await owner.query('SELECT FROM vault.order_announcement WHERE log = $1', [log]);
  expect(rows).toEqual([]);
});

test('thousands of holds over thousands of keys are looked up, not held one against the other', async () => {
  log = randomUUID();
  const vault = pgVault();
  await owner.query(
    `INSERT INTO vault.data_key (key_id, log, subject, retention, period, g, wrapped)
     SELECT gen_random_uuid(), $1, gen_random_uuid(), 'delivery', '2026-11', 1, decode(repeat('00', 61), 'hex')
     FROM generate_series(1, 50000)`,
    [log],
  );
  const place = { log, retention: 'delivery', period: '2026-11' };
  const holds = Array.from({ length: 9_000 }, () => ({ subject: randomUUID(), class: null }));
  expect((await vault.erasures.freeKeys(place, holds, 60_000)).keys).toHaveLength(50_000);
  await owner.query('DELETE FROM vault.data_key WHERE log = $1', [log]);
});

describe('processes', () => {
  let vault: PgVault;
  beforeEach(async () => {
    log = randomUUID();
    vault = pgVault();
    await vault.createLog(log, 'tenant');
  });

  test('each forgets, says so, and only then is it forgotten', async () => {
    const others = [pgVault(), pgVault()];
    const [key = ''] = await keysOf(vault, request('ada@example.org'));
    for (const other of others) expect((await stateOf(other, key))?.state).toBe('present');
    let told = 0;
    others[0]?.onErasure(() => told++);
    const revision = await next(vault);
    await vault.erasures.applyErasure(revision, order([key]));
    expect(await vault.erasures.forgotten(revision)).toBe(false);
    while (!(await vault.erasures.forgotten(revision))) await sleep(50);
    for (const one of [vault, ...others]) expect((await stateOf(one, key))?.state).toBe('erased');
    const [anew] = await keysOf(vault, request('ada@example.org'));
    expect(anew).not.toBe(key);
    expect(told).toBeGreaterThan(0);
  });

  test('what is under way is waited for, although nothing opens it any more', async () => {
    let end = (): void => undefined;
    const under = new Promise<void>((resolve) => {
      end = resolve;
    });
    const busy = PgVault.open(postgres.vaultUrl, service, { settled: () => under });
    opened.push(busy);
    const [key = ''] = await keysOf(busy, request('ada@example.org'));
    const revision = await next(vault);
    await vault.erasures.applyErasure(revision, order([key]));
    while ((await stateOf(busy, key))?.state !== 'erased') await sleep(50);
    // Looked at again and again meanwhile.
    await sleep(2_500);
    expect(await vault.erasures.forgotten(revision)).toBe(false);
    const [another = ''] = await keysOf(busy, request('bob@example.org'));
    await vault.erasures.applyErasure(revision + 1n, order([another]));
    while ((await stateOf(busy, another))?.state !== 'erased') await sleep(50);
    end();
    while (!(await vault.erasures.forgotten(revision + 1n))) await sleep(50);
    expect(await vault.erasures.forgotten(revision)).toBe(true);
  });

  test('one that does not answer is waited out', async () => {
    const [key = ''] = await keysOf(vault, request('ada@example.org'));
    const revision = await next(vault);
    await owner.query('INSERT INTO vault.process (process, revision) VALUES ($1, $2)', [randomUUID(), -1]);
    await vault.erasures.applyErasure(revision, order([key]));
    await sleep(2_500);
    expect(await vault.erasures.forgotten(revision)).toBe(false);
    await owner.query(
      `UPDATE vault.erasure_order SET applied_at = applied_at - interval '96 seconds' WHERE revision = $1`,
      [revision],
    );
    expect(await vault.erasures.forgotten(revision)).toBe(true);
    await owner.query('DELETE FROM vault.process WHERE revision = -1');
  });
});

describe('a vault restored from before an erasure', () => {
  let store: MemoryLog;
  beforeEach(() => {
    store = new MemoryLog();
    log = randomUUID();
  });

  async function ordered(keys: readonly string[]): Promise<void> {
    const context: EntryContext = {
      log,
      occurredAt: '2026-11-20T12:00:00.000Z',
      source: null,
      authorization: null,
      reason: null,
      actor: { kind: 'service', id: log, onBehalfOf: null, name: null },
      outcome: 'success',
      correlation: null,
    };
    const body = { keys, class: null, period: null, rule: 'erasure', ground: 'objection' };
    const [event] = await new Codec(new MemoryVault()).encode([
      {
        stream: ORDERS,
        event: { type: 'log.erasure-ordered', body },
        context,
        command: randomUUID(),
        causation: null,
      },
    ]);
    if (event === undefined) throw new Error('one event');
    let last: bigint | 'no-stream' = 'no-stream';
    for await (const { revision } of store.readStream(ORDERS)) last = revision;
    await store.append(ORDERS, last, [event]);
  }

  test('carries out nothing of an order that it does not know', async () => {
    const foreign = new MemoryLog();
    await ordered([randomUUID()]);
    for await (const { data, ...stored } of store.readStream(ORDERS)) {
      const body = { names: [], rule: 'erasure', ground: 'objection' };
      const later = { ...(parseCanonical(data) as object), schema: 2, body } as Json;
      await foreign.append(ORDERS, 'no-stream', [{ ...stored, data: canonicalize(later) }]);
    }
    const vault = new MemoryVault();
    await vault.createLog(log, 'tenant');
    const [key = ''] = await keysOf(vault, request('ada@example.org'));
    await expect(applyOrders(foreign, vault.erasures)).rejects.toThrow(VaultUnavailable);
    expect((await stateOf(vault, key))?.state).toBe('present');
  });

  test('erases again before it opens anything, and refuses a log that is not its own', async () => {
    await owner.query('TRUNCATE vault.erasure_order, vault.tombstone');
    await owner.query(
      'UPDATE vault.erasures_applied SET revision = -1, stream_revision = NULL, event_id = NULL',
    );
    log = randomUUID();
    const vault = pgVault();
    await vault.createLog(log, 'tenant');
    const [key = '', kept = ''] = await keysOf(vault, request('ada@example.org'), request('bob@example.org'));
    const { rows } = await owner.query<{ wrapped: Buffer; subject: string; g: number }>(
      'SELECT wrapped, subject, g FROM vault.data_key WHERE key_id = $1',
      [key],
    );
    await ordered([key]);
    expect(await applyOrders(store, vault.erasures)).toBe(0n);
    // The backup comes back.
    await owner.query('TRUNCATE vault.erasure_order, vault.tombstone');
    await owner.query(
      'UPDATE vault.erasures_applied SET revision = -1, stream_revision = NULL, event_id = NULL',
    );
    await owner.query(
      `INSERT INTO vault.data_key (key_id, log, subject, retention, period, g, wrapped)
       VALUES ($1, $2, $3, 'delivery', '2026-11', $4, $5)`,
      [key, log, rows[0]?.subject, rows[0]?.g, rows[0]?.wrapped],
    );
    const restored = pgVault();
    expect((await stateOf(restored, key))?.state).toBe('present');
    const serving = pgVault();
    serving.serveAfter(() => applyOrders(store, serving.erasures));
    expect((await stateOf(serving, key))?.state).toBe('erased');
    expect((await stateOf(serving, kept))?.state).toBe('present');

    const foreign = pgVault();
    foreign.serveAfter(() => applyOrders(new MemoryLog(), foreign.erasures));
    await expect(stateOf(foreign, kept)).rejects.toThrow(OrdersDiffer);
    await expect(foreign.check()).rejects.toThrow();
  });
});
