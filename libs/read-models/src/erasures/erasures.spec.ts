import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { contents, project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { inScope } from '../scope.js';
import { createPool, type Pool, type Sql } from '../sql.js';
import { erasures } from './projection.js';
import { erasureBacklog, erasureFacts, holdsOf, unfinishedErasures } from './query.js';
import { countSinks, isTold, ordersAfter, toldSinks } from './sinks.js';

let database: TestPostgres;
let projector: Pool;
let api: Pool;
let story: Story;
let tenant: string;

beforeAll(async () => {
  database = await startPostgres();
  projector = createPool(database.projectorUrl);
  api = createPool(database.apiUrl);
});
afterAll(async () => {
  await projector.end();
  await api.end();
  await database.stop();
});
beforeEach(async () => {
  story = new Story();
  tenant = await story.open(randomUUID());
});

async function confirmed(): Promise<string> {
  const erasure = randomUUID();
  const terms = { subjects: [randomUUID()], askedBy: 'controller', ground: 'objection', statement: null };
  const stream = `erasure-${erasure}`;
  const body = { erasure, ...terms, keys: 1, entries: 0, sinks: [] };
  await story.happens(tenant, stream, { type: 'log.erasure-requested', body });
  await story.happens(tenant, stream, { type: 'log.erasure-confirmed', body: { erasure } });
  return erasure;
}

test('an erasure is unfinished from its confirmation to its receipt; its orders are found by their correlation', async () => {
  const erasure = await confirmed();
  const order = { keys: [randomUUID()], class: null, period: null, rule: 'erasure', ground: 'objection' };
  const ordered = { type: 'log.erasure-ordered', body: order };
  await story.happens(tenant, 'keyerasures-all', ordered, { correlation: erasure });
  await project(projector, erasures(), await story.events());
  const unfinished = async (without: readonly string[] = []) =>
    (await unfinishedErasures(projector, 100, without)).filter((one) => one.tenant === tenant);
  expect(await unfinished()).toEqual([{ tenant, erasure }]);
  const backlog = await erasureBacklog(projector);
  const [first] = (await story.events()).filter(({ stored }) => stored.type === 'log.erasure-confirmed');
  expect(backlog).toEqual({ count: 1, since: first?.entry.json.recordedAt });
  expect(await unfinished([erasure])).toEqual([]);
  const facts = await inScope(api, { kind: 'tenant', tenant }, (sql) =>
    erasureFacts(sql, tenant, 'erasure', erasure),
  );
  expect(facts.map(({ fact }) => fact.type)).toEqual([
    'log.erasure-requested',
    'log.erasure-confirmed',
    'log.erasure-ordered',
  ]);
  const receipt = { erasure, rule: 'erasure', orders: [facts[2]?.event], keys: 1, entries: 0, sinks: [] };
  const time = '2026-01-01T00:00:00.000Z';
  await story.happens(tenant, `erasure-${erasure}`, {
    type: 'log.key-erased',
    body: { ...receipt, finalAt: time, backupsUntil: time },
  });
  await project(projector, erasures(), await story.events());
  expect(await erasureBacklog(projector)).toEqual({ count: 0, since: null });
  expect(await unfinished()).toEqual([]);
  await project(projector, erasures(), await story.events(), 1);
  expect(await unfinished()).toEqual([]);
});

test('what is unfinished is found whatever was carried out before', async () => {
  const blocks = async () => {
    const { rows } = await projector.query<{
      'QUERY PLAN': readonly { Plan: Record<'Shared Hit Blocks' | 'Shared Read Blocks', number> }[];
    }>(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`, [500, []]);
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
    return (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0);
  };
  let text = '';
  const counted = {
    query: (sql: string, values: unknown[]) => {
      text = sql;
      return projector.query(sql, values);
    },
  } as unknown as Sql;
  await unfinishedErasures(counted, 500);
  const before = await blocks();
  await projector.query(
    `INSERT INTO erasures_v1.event (tenant_id, event_id, category, id, type, position, entry, metadata)
     SELECT $1, gen_random_uuid(), 'erasure', id, type, n, '', ''
     FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(1, 3000) n) AS erasures,
       unnest(ARRAY['log.erasure-confirmed', 'log.erasure-ordered', 'log.key-erased']) AS type`,
    [tenant],
  );
  await projector.query('ANALYZE erasures_v1.event').catch(() => undefined);
  expect(await blocks()).toBeLessThanOrEqual(before + 5);
});

test('events that come twice change nothing, and nothing of another tenant is shown', async () => {
  const erasure = await confirmed();
  await project(projector, erasures(), await story.events());
  const before = await contents(projector, ['erasures_v1.event']);
  await project(projector, erasures(), await story.events(), 1);
  expect(await contents(projector, ['erasures_v1.event'])).toEqual(before);
  const other = await inScope(api, { kind: 'tenant', tenant: randomUUID() }, (sql) =>
    erasureFacts(sql, tenant, 'erasure', erasure),
  );
  expect(other).toEqual([]);
});

test('a hold stands from its placing to its end or its release', async () => {
  const place = async (until: string | null): Promise<string> => {
    const hold = randomUUID();
    const terms = {
      subject: null,
      class: 'access',
      basis: 'investigation',
      reference: null,
      statement: null,
    };
    await story.happens(tenant, `hold-${hold}`, { type: 'log.hold-placed', body: { hold, ...terms, until } });
    return hold;
  };
  const [open, ending, released] = [
    await place(null),
    await place('2026-06-01T00:00:00.000Z'),
    await place(null),
  ];
  await story.happens(tenant, `hold-${released}`, { type: 'log.hold-released', body: { hold: released } });
  await project(projector, erasures(), await story.events());
  const at = async (time: string, most?: number) => {
    const { holds, more } = await inScope(api, { kind: 'tenant', tenant }, (sql) =>
      holdsOf(sql, tenant, time, most),
    );
    return [holds.map(({ hold }) => hold).toSorted(), more];
  };
  expect(await at('2026-05-31T23:59:59.999Z')).toEqual([[open, ending].toSorted(), false]);
  expect(await at('2026-06-01T00:00:00.000Z')).toEqual([[open], false]);
  // Those that have ended are none of those that are looked at.
  expect(await at('2026-06-01T00:00:00.000Z', 2)).toEqual([[open], false]);
  expect((await at('2026-05-31T23:59:59.999Z', 2))[1]).toBe(true);
});

describe('what sinks are told', () => {
  const orderOf = async (erasure: string, keys: readonly string[] = [randomUUID()]): Promise<void> => {
    const body = { keys, class: null, period: null, rule: 'erasure', ground: 'objection' };
    await story.happens(
      tenant,
      'keyerasures-all',
      { type: 'log.erasure-ordered', body },
      { correlation: erasure },
    );
  };
  const registered = async (): Promise<string> => {
    const sink = randomUUID();
    const body = { sink, kind: 'index', name: 'Search', keepsDays: null };
    await story.happens(tenant, `sink-${sink}`, { type: 'log.sink-registered', body });
    return sink;
  };
  const told = (sink: string, through = '') =>
    story.happens(tenant, `sinktold-${randomUUID()}`, { type: 'log.sink-told', body: { sink, through } });
  const inTenant = <T>(query: (sql: Sql) => Promise<T>, of = tenant): Promise<T> =>
    inScope(api, { kind: 'tenant', tenant: of }, query);

  test('are the orders after one, with whom they are about, in the order of the log', async () => {
    const asked = [await confirmed(), await confirmed(), randomUUID()];
    for (const erasure of asked) await orderOf(erasure);
    await project(projector, erasures(), await story.events());
    const feed = async (after: string | null, limit = 10) =>
      (await inTenant((sql) => ordersAfter(sql, tenant, after, limit))) ?? [];
    const all = await feed(null);
    expect(all.map(({ erasure }) => erasure)).toEqual(asked);
    expect(all.map(({ subjects }) => subjects.length)).toEqual([1, 1, 0]);
    expect(await feed(null, 1)).toEqual(all.slice(0, 1));
    expect(await feed(all[0]?.order ?? '')).toEqual(all.slice(1));
    expect(await inTenant((sql) => ordersAfter(sql, tenant, randomUUID(), 10))).toBeUndefined();
    const other = randomUUID();
    expect(await inTenant((sql) => ordersAfter(sql, tenant, null, 10), other)).toEqual([]);
    expect(await inTenant((sql) => ordersAfter(sql, tenant, all[0]?.order ?? '', 10), other)).toBeUndefined();
  });

  test('is known by the furthest they have, whatever was said last', async () => {
    const sink = await registered();
    const [one, two] = [await confirmed(), await confirmed()];
    await orderOf(one);
    await orderOf(two);
    await project(projector, erasures(), await story.events());
    const [first, second] = (await inTenant((sql) => ordersAfter(sql, tenant, null, 10))) ?? [];
    await told(sink, second?.order);
    await told(sink, first?.order);
    await project(projector, erasures(), await story.events());
    for (const order of [first, second])
      expect(await inTenant((sql) => isTold(sql, tenant, sink, order?.order ?? ''))).toBe(true);
    for (const erasure of [one, two])
      expect(await inTenant((sql) => toldSinks(sql, tenant, erasure))).toEqual([{ sink, state: 'told' }]);
    // One that had nothing left to order goes by the last order of the log.
    const nothing = randomUUID();
    expect(await inTenant((sql) => toldSinks(sql, tenant, nothing))).toEqual([{ sink, state: 'told' }]);
    const later = await registered();
    await project(projector, erasures(), await story.events());
    expect(await inTenant((sql) => toldSinks(sql, tenant, nothing))).toEqual([{ sink, state: 'told' }]);
    await story.happens(tenant, `sink-${later}`, { type: 'log.sink-removed', body: { sink: later } });
    await project(projector, erasures(), await story.events());
    const other = randomUUID();
    expect(await inTenant((sql) => toldSinks(sql, other, nothing), other)).toEqual([]);
    expect(await inTenant((sql) => countSinks(sql, tenant))).toBe(1);
  });
});
