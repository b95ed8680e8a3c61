import { randomUUID } from 'node:crypto';
import { MemoryKeyService } from '@candor/crypto';
import { type EntryContext, ORDER_LOST } from '@candor/domain';
import { Codec, MemoryLog } from '@candor/event-store';
import { startPostgres } from '@candor/testing';
import { afterAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Client } from 'pg';
import { applyOrders, ORDERS, OrdersDiffer, type UnsaidErasure, unsaidErasures } from './apply-orders.js';
import { BACKUP_TABLES } from './backup/tables.js';
import type { LogVault } from './log-vault.js';
import { MemoryVault } from './memory-vault.js';
import { PgVault } from './pg/pg-vault.js';

const postgres = await startPostgres();
const service = new MemoryKeyService();
const owner = new Client({ connectionString: postgres.ownerUrl });
await owner.connect();
const opened: PgVault[] = [];
function pgVault(): PgVault {
  const vault = PgVault.open(postgres.vaultUrl, service);
  opened.push(vault);
  return vault;
}
afterAll(async () => {
  await Promise.all(opened.map((vault) => vault.close()));
  await owner.end();
  await postgres.stop();
});

/** A vault that has carried out nothing. */
async function emptied(): Promise<PgVault> {
  await owner.query('TRUNCATE vault.erasure_order, vault.tombstone, vault.data_key');
  await owner.query(
    'UPDATE vault.erasures_applied SET revision = -1, stream_revision = NULL, event_id = NULL',
  );
  return pgVault();
}

const codec = new Codec(new MemoryVault());
let log: string;
let other: string;

const contextOf = (of: string, reason: string | null): EntryContext => ({
  log: of,
  occurredAt: '2026-11-20T12:00:00.000Z',
  source: null,
  authorization: null,
  reason: reason === null ? null : { code: reason, ticket: null },
  actor: { kind: 'service', id: of, onBehalfOf: null, name: null },
  outcome: 'success',
  correlation: null,
});

/** An order at the end of a store. @returns its event */
async function order(
  store: MemoryLog,
  of: string,
  keys: readonly string[] | null,
  reason: string | null = null,
): Promise<string> {
  const body =
    keys === null
      ? ({
          keys,
          class: 'delivery',
          period: '2026-11',
          rule: 'retention',
          ground: 'storage-limitation',
        } as const)
      : ({ keys: keys.toSorted(), class: null, period: null, rule: 'erasure', ground: 'objection' } as const);
  const event = { type: 'log.erasure-ordered', body } as const;
  const draft = { stream: ORDERS, event, context: contextOf(of, reason), causation: null };
  const [encoded] = await codec.encode([{ ...draft, command: randomUUID() }]);
  if (encoded === undefined) throw new Error('one event');
  let last: bigint | 'no-stream' = 'no-stream';
  for await (const { revision } of store.readStream(ORDERS)) last = revision;
  await store.append(ORDERS, last, [encoded]);
  return encoded.id;
}

async function all<T>(some: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of some) found.push(one);
  return found;
}

/** The store without some orders, and the others in this order. */
async function storeOf(store: MemoryLog, events: readonly string[]): Promise<MemoryLog> {
  const known = new Map((await all(store.readStream(ORDERS))).map((one) => [one.id, one]));
  const made = new MemoryLog();
  for (const [n, id] of events.entries()) {
    const one = known.get(id);
    if (one === undefined) throw new Error(`no order ${id}`);
    await made.append(ORDERS, n === 0 ? 'no-stream' : BigInt(n - 1), [one]);
  }
  return made;
}

const unsaid = (store: MemoryLog, vault: LogVault, most = 1_000): Promise<UnsaidErasure[]> =>
  all(unsaidErasures(store, vault.erasures, most));

async function keysOf(vault: LogVault, of: string, ...values: readonly string[]): Promise<readonly string[]> {
  const requests = values.map((value) => ({
    log: of,
    subject: { kind: 'recipient', value } as const,
    retention: 'delivery',
    period: '2026-11',
  }));
  return (await vault.dataKeys(requests)).map(({ keyId }) => keyId);
}

describe.each([
  ['MemoryVault', () => Promise.resolve(new MemoryVault() as LogVault), (vault: LogVault) => vault],
  ['PgVault', emptied as () => Promise<LogVault>, pgVault as () => LogVault],
] as const)('%s', (_, make, fresh) => {
  let vault: LogVault;
  let store: MemoryLog;
  let events: string[];
  let keys: readonly string[];
  const stateOf = async (key: string) => (await fresh(vault).openKeys(log, [key])).get(key);

  /** Four orders were carried out: of one log, of another, and two more of the first. */
  beforeEach(async () => {
    [log, other] = [randomUUID(), randomUUID()];
    vault = await make();
    store = new MemoryLog();
    for (const each of [log, other]) await vault.createLog(each, 'tenant');
    keys = await keysOf(
      vault,
      log,
      'ada@example.org',
      'bob@example.org',
      'cid@example.org',
      'dan@example.org',
    );
    const [first = '', ...rest] = keys;
    events = [await order(store, log, [first]), await order(store, other, [randomUUID()])];
    events.push(await order(store, log, rest.slice(0, 2)), await order(store, log, null));
    expect(await applyOrders(store, vault.erasures)).toBe(3n);
    for (const [n, key] of keys.entries())
      expect(await stateOf(key)).toEqual({ state: 'erased', by: events[[0, 2, 2, 3][n] ?? 0] });
  });

  test('orders that come back in another order are known, and nothing is erased again', async () => {
    const [a = '', b = '', c = '', d = ''] = events;
    const moved = await storeOf(store, [b, a, d, c]);
    const [anew = ''] = await keysOf(fresh(vault), log, 'dan@example.org');
    expect(await unsaid(moved, vault)).toEqual([]);
    expect(await applyOrders(moved, vault.erasures)).toBe(3n);
    expect((await stateOf(anew))?.state).toBe('present');
    // What comes then is the next one.
    const next = await order(moved, log, [anew]);
    expect(await applyOrders(moved, vault.erasures)).toBe(4n);
    expect(await stateOf(anew)).toEqual({ state: 'erased', by: next });
  });

  test('while orders that were carried out are lost nothing is opened, and everything they took is told', async () => {
    const [a = '', b = ''] = events;
    const short = await storeOf(store, [a, b]);
    await expect(applyOrders(short, vault.erasures)).rejects.toThrow(OrdersDiffer);
    // Also once the lost places are taken by others.
    for (const n of [1, 2, 3]) await order(short, other, [randomUUID(), randomUUID()].slice(0, 1 + (n % 2)));
    await expect(applyOrders(short, vault.erasures)).rejects.toThrow(OrdersDiffer);
    const [, , c = '', d = ''] = events;
    expect(await unsaid(short, vault, 1)).toEqual([
      ...keys
        .slice(1, 3)
        .toSorted()
        .map((key) => ({ order: c, log, rule: 'erasure', ground: 'objection', keys: [key] })),
      { order: d, log, rule: 'retention', ground: 'storage-limitation', keys: [keys[3]] },
    ]);
  });

  test('given again they are said again: by these, and nothing is skipped that follows', async () => {
    const [a = '', b = ''] = events;
    const short = await storeOf(store, [a, b]);
    const [, one = '', two = '', three = ''] = keys;
    const again = await order(short, log, [one, two], ORDER_LOST);
    await expect(applyOrders(short, vault.erasures)).rejects.toThrow(OrdersDiffer);
    expect((await unsaid(short, vault)).map(({ keys: left }) => left)).toEqual([[three]]);
    const last = await order(short, log, [three], ORDER_LOST);
    const [anew = ''] = await keysOf(fresh(vault), log, 'eve@example.org');
    const next = await order(short, log, [anew]);
    expect(await unsaid(short, vault)).toEqual([]);
    const both = [vault, fresh(vault)].map((one) => applyOrders(short, one.erasures));
    expect(await Promise.all(both)).toEqual([4n, 4n]);
    expect(await applyOrders(short, vault.erasures)).toBe(4n);
    const states = await Promise.all([...keys, anew].map(stateOf));
    expect(states).toEqual([a, again, again, last, next].map((by) => ({ state: 'erased', by })));
    expect(await vault.erasures.keysTaken(again, null, 9)).toEqual([one, two].toSorted());
    expect(await vault.erasures.carriedOut([again, last])).toMatchObject({ orders: 2, keys: 3 });
    expect((await vault.erasures.carriedOut([last])).generations).toHaveLength(1);
    expect(await vault.erasures.erasuresApplied()).toEqual({ revision: 4n, event: next });
  });

  test('the keys of a lost order are not asked for one by one: there may be a million', async () => {
    const [a = '', b = '', , d = ''] = events;
    const short = await storeOf(store, [a, b, d]);
    await order(short, log, keys.slice(1, 3), ORDER_LOST);
    const asked = jest.spyOn(vault.erasures, 'keysTaken');
    await applyOrders(short, vault.erasures);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test('an order of another log that names the same keys says nothing of them', async () => {
    const [a = '', b = '', , d = ''] = events;
    const short = await storeOf(store, [a, b, d]);
    await order(short, other, keys.slice(1, 3), ORDER_LOST);
    await expect(applyOrders(short, vault.erasures)).rejects.toThrow(OrdersDiffer);
  });
});

test('a vault restored from before the loss, or from before the orders, erases what was given again', async () => {
  const vault = await emptied();
  [log, other] = [randomUUID(), randomUUID()];
  await vault.createLog(log, 'tenant');
  const [ada = '', bob = ''] = await keysOf(vault, log, 'ada@example.org', 'bob@example.org');
  const backup = await rowsOf();
  const store = new MemoryLog();
  const kept = await order(store, log, [randomUUID()]);
  await order(store, log, [ada]);
  await applyOrders(store, vault.erasures);
  const later = await rowsOf();
  const short = await storeOf(store, [kept]);
  const again = await order(short, log, [ada], ORDER_LOST);
  await order(short, log, [bob]);
  await applyOrders(short, vault.erasures);
  for (const rows of [backup, later]) {
    await restore(rows);
    const restored = pgVault();
    restored.serveAfter(() => applyOrders(short, restored.erasures));
    const states = await restored.openKeys(log, [ada, bob]);
    expect(states.get(ada)).toEqual({ state: 'erased', by: again });
    expect(states.get(bob)?.state).toBe('erased');
  }
});

const TABLES = BACKUP_TABLES.filter((table) => /^(subject|data_key|tombstone|erasure)/.test(table));

/** As a backup holds them. */
async function rowsOf(): Promise<ReadonlyMap<string, string>> {
  const rows = new Map<string, string>();
  for (const table of TABLES) {
    const query = `SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')::text AS rows FROM vault.${table} t`;
    rows.set(table, (await owner.query<{ rows: string }>(query)).rows[0]?.rows ?? '[]');
  }
  return rows;
}

async function restore(backup: ReadonlyMap<string, string>): Promise<void> {
  for (const [table, rows] of backup) {
    await owner.query(`TRUNCATE vault.${table} CASCADE`);
    await owner.query(
      `INSERT INTO vault.${table} SELECT * FROM jsonb_populate_recordset(NULL::vault.${table}, $1::jsonb)`,
      [rows],
    );
  }
}
