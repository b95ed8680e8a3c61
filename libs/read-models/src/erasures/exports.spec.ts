import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { auditLog } from '../audit-log/projection.js';
import { inScope } from '../scope.js';
import { createPool, type Pool, type Sql } from '../sql.js';
import { readersOf } from './readers.js';
import { exportsGiving, type GivenExports, populationsGiving, together } from './exports.js';

let database: TestPostgres;
let projector: Pool;
let api: Pool;
let story: Story;
let platform: string;
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
  platform = await story.open(await story.vault.platformLog(), 'platform');
  tenant = await story.open(randomUUID());
});

const inTenant = <T>(query: (sql: Sql) => Promise<T>, of = tenant): Promise<T> =>
  inScope(api, { kind: 'tenant', tenant: of }, query);
const seen = async () => project(projector, auditLog(), await story.events());
const invited = (user: string) =>
  story.happens(tenant, `members-${tenant}`, {
    type: 'tenant.member-invited',
    body: { user, role: 'owner', address: `${user}@example.org`, name: null },
  });
const exported = (body: object, log = tenant) =>
  story.happens(log, `reading-${randomUUID()}`, {
    type: 'log.exported',
    body: { kind: 'log', subjects: [], from: 0, count: 1, ...body },
  });
const deactivated = () =>
  story.happens(tenant, `members-${tenant}`, {
    type: 'tenant.member-deactivated',
    body: { user: randomUUID(), role: 'member' },
  });
const living = (...subjects: string[]) => story.vault.erasures.livingKeys(tenant, subjects);
async function giving(subjects: readonly string[], bounds?: { lookedAt: number; named: number }) {
  const keys = await living(...subjects);
  return inTenant((sql) => exportsGiving(sql, tenant, { keys, subjects }, bounds));
}
const shown = ({ newest }: GivenExports) => newest.map(({ kind, from, size }) => [kind, from, size]);

test('exports whose range has a value, and those made for a person whose value it is, the newest first', async () => {
  const [ada, bob, cid] = [randomUUID(), randomUUID(), randomUUID()];
  await exported({ size: 0 });
  await invited(bob);
  await invited(ada);
  await exported({ size: 2 });
  await exported({ size: 3 });
  await exported({ from: 3, size: 4 });
  await exported({ kind: 'subjects', subjects: [ada], size: 4 });
  await exported({ kind: 'subjects', subjects: [bob], size: 4 });
  await exported({ kind: 'subjects', subjects: [cid], size: 4 });
  await seen();
  const found = await giving([ada]);
  expect(shown(found)).toEqual([
    ['subjects', 0, 4],
    ['log', 0, 3],
  ]);
  expect([found.count, found.more]).toEqual([2, false]);
  expect(shown(await giving([bob]))).toEqual([
    ['subjects', 0, 4],
    ['log', 0, 3],
    ['log', 0, 2],
  ]);
  // Of her nothing is sealed: what was made for her gave out nothing.
  expect(shown(await giving([ada, cid]))).toEqual(shown(found));
  expect(await giving([cid])).toEqual({ count: 0, more: false, newest: [] });
});

test('once the keys are gone, whom an export was made for tells whose it was', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  await invited(ada);
  await exported({ kind: 'subjects', subjects: [ada], size: 1 });
  await exported({ kind: 'subjects', subjects: [bob], size: 1 });
  await seen();
  const keys = (await living(ada)).map(({ keyId }) => ({ keyId, subject: null }));
  const found = await inTenant((sql) => exportsGiving(sql, tenant, { keys, subjects: [ada] }));
  expect(found.newest.map(({ subjects }) => subjects)).toEqual([[ada]]);
});

test('what was written afterwards is in no export from before', async () => {
  const ada = randomUUID();
  await exported({ size: 0 });
  await exported({ kind: 'subjects', subjects: [ada], size: 1 });
  await invited(ada);
  await seen();
  expect(await giving([ada])).toEqual({ count: 0, more: false, newest: [] });
});

test('says when and to whom, and by which entry; nothing of another tenant', async () => {
  const ada = randomUUID();
  await invited(ada);
  const before = story.now;
  await exported({ size: 1 });
  await seen();
  const [one] = (await giving([ada])).newest;
  expect(one).toEqual({
    event: (await story.events()).at(-1)?.stored.id,
    subjects: [],
    kind: 'log',
    from: 0,
    size: 1,
    at: expect.stringMatching(/^20.*Z$/),
    actor: { kind: 'service', id: expect.any(String), onBehalfOf: null },
  });
  expect(Date.parse(String(one?.at))).toBeGreaterThanOrEqual(before - 1_000);
  const keys = await living(ada);
  const other = await inTenant((sql) => exportsGiving(sql, tenant, { keys, subjects: [ada] }), randomUUID());
  expect(other.newest).toEqual([]);
});

test('is bounded: the newest are named, and where some were not looked at it says so', async () => {
  const ada = randomUUID();
  await invited(ada);
  for (let size = 1; size <= 5; size++) await exported({ size });
  await seen();
  const named = await giving([ada], { lookedAt: 5, named: 2 });
  expect([shown(named), named.count, named.more]).toEqual([
    [
      ['log', 0, 5],
      ['log', 0, 4],
    ],
    5,
    false,
  ]);
  const looked = await giving([ada], { lookedAt: 4, named: 4 });
  expect([looked.count, looked.more]).toEqual([4, true]);
});

test('a population gave out the register number of the first entry, and nothing else', async () => {
  const registered = {
    slot: 1,
    operator: 'candor.example',
    legalName: 'Beispiel GmbH',
    registerNumber: 'HRB 7',
    country: 'DE',
    role: 'controller',
    dataRegion: 'eu',
    breachContact: null,
  } as const;
  await exported({ kind: 'population', from: 1, size: 1_024 }, platform);
  await story.happens(tenant, `tenant-${tenant}`, { type: 'tenant.registered', body: registered });
  const ada = randomUUID();
  await invited(ada);
  await exported({ kind: 'population', from: 2, size: 1_024 }, platform);
  await story.happens(platform, `platform-${platform}`, {
    type: 'platform.installed',
    body: { slot: 0, operator: 'candor.example' },
  });
  await seen();
  const own = (await story.vault.erasures.livingKeys(tenant, null)).filter(({ subject }) => subject !== ada);
  const found = await populationsGiving(projector, tenant, own);
  expect([shown(found), found.count]).toEqual([[['population', 2, 1_024]], 1]);
  expect(together([found, found])).toMatchObject({ count: 2, more: false });
  expect(await populationsGiving(projector, tenant, await living(ada))).toEqual({
    count: 0,
    more: false,
    newest: [],
  });
});

test('who read is told: each once, with how often and when last, by ranges that have a value', async () => {
  const ada = randomUUID();
  const by = (id: string) => ({ actor: { kind: 'employee', id, onBehalfOf: null, name: null } as const });
  const queried = async (first: number | null, last: number | null, who: object) => {
    const filter = { actor: null, action: null, target: null, outcome: null, from: null, to: null };
    const body = { view: 'audit-log', filter, count: 1, size: 9, first, last };
    await story.happens(tenant, `reading-${randomUUID()}`, { type: 'log.queried', body }, who);
  };
  await deactivated();
  await invited(ada);
  await deactivated();
  const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()];
  await queried(0, 1, by(one));
  await queried(0, 0, by(two));
  await queried(2, 2, by(two));
  await queried(null, null, by(two));
  await queried(1, 9, by(three));
  await queried(1, 1, by(one));
  await exported({ size: 3 });
  await exported({ size: 1 });
  await exported({ kind: 'subjects', subjects: [ada], size: 3 });
  await exported({ kind: 'subjects', subjects: [randomUUID()], size: 3 });
  await seen();
  const of = { keys: await living(ada), subjects: [ada] };
  const { readers, more } = await inTenant((sql) => readersOf(sql, tenant, of));
  expect(readers.map(({ actor, readings, exports }) => [actor.id, readings, exports])).toEqual([
    [expect.any(String), 0, 2],
    [one, 2, 0],
    [three, 1, 0],
  ]);
  expect(more).toBe(false);
  const events = (await story.events()).filter(({ stored }) => stored.type === 'log.queried');
  expect(readers[1]?.lastAt).toBe(events.at(-1)?.entry.json.occurredAt);
  const few = await inTenant((sql) => readersOf(sql, tenant, of, 1));
  expect([few.readers.map(({ actor }) => actor.id), few.more]).toEqual([[one], true]);
  const other = randomUUID();
  expect(await inTenant((sql) => readersOf(sql, tenant, of), other)).toEqual({ readers: [], more: false });
});

describe('in a long log', () => {
  interface Plan {
    readonly Plan: { readonly 'Shared Hit Blocks': number; readonly 'Shared Read Blocks': number };
  }
  const KEY = randomUUID();
  const OWN = randomUUID();

  /** A value at the very beginning, then a great many entries, twenty of them exports. */
  async function filled(log: string, count: number): Promise<void> {
    await projector.query(
      `INSERT INTO audit_log_v1.entry (tenant_id, index, event_id, type, outcome, actor_kind, actor_id, target_kind,
         target_id, occurred_at, recorded_at, seen_at, leaf, entry, metadata)
       SELECT $1::uuid, n, gen_random_uuid(), CASE WHEN n % ($2::int / 20) = 1 THEN 'log.exported' ELSE 'delivery.accepted' END,
         'success', 'service', $1::uuid, NULL, NULL, now(), now(), now(), '',
         convert_to(jsonb_build_object('id', gen_random_uuid(), 'occurredAt', '2026-01-01T00:00:00.000Z',
           'actor', jsonb_build_object('kind', 'service', 'id', $1::uuid, 'onBehalfOf', NULL), 'body', jsonb_build_object(
             'kind', 'log', 'subjects', '[]'::jsonb, 'from', 0, 'size', n, 'count', n, 'x', repeat('x', 500)))::text, 'UTF8'), ''
       FROM generate_series(0, $2::int - 1) n`,
      [log, count],
    );
    await projector.query(`INSERT INTO audit_log_v1.sealed VALUES ($1, $2, 0)`, [log, KEY]);
    // Of somebody else, in each entry.
    await projector.query(
      `INSERT INTO audit_log_v1.sealed SELECT $1::uuid, $2::uuid, n FROM generate_series(0, $3::int - 1) n`,
      [log, OWN, count],
    );
  }

  const asked = (subject: string | null, keys: readonly string[]) => ({
    keys: keys.map((keyId) => ({ keyId, subject })),
    subjects: subject === null ? [] : [subject],
  });

  /** Blocks that are touched by a query. */
  async function cost<T>(
    log: string,
    query: (sql: Sql) => Promise<T>,
  ): Promise<{ found: T; blocks: number }> {
    let blocks = 0;
    const found = await inTenant((sql) => {
      const counted = {
        query: async (text: string, values: unknown[]) => {
          const { rows } = await sql.query<{ 'QUERY PLAN': readonly Plan[] }>(
            `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`,
            values,
          );
          for (const { Plan: plan } of rows[0]?.['QUERY PLAN'] ?? [])
            blocks += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
          return sql.query(text, values);
        },
      } as unknown as Sql;
      return query(counted);
    }, log);
    return { found, blocks };
  }
  const exportsOf = (log: string) => cost(log, (sql) => exportsGiving(sql, log, asked(null, [KEY])));

  test('it costs as much as in a short one with as many exports', async () => {
    const [short, long] = [randomUUID(), randomUUID()];
    await filled(short, 1_000);
    await filled(long, 20_000);
    const owner = createPool(database.ownerUrl);
    await owner.query('VACUUM ANALYZE audit_log_v1.entry, audit_log_v1.sealed');
    await owner.end();
    const [few, many] = [await exportsOf(short), await exportsOf(long)];
    expect([few.found.count, many.found.count]).toEqual([20, 20]);
    expect(many.blocks).toBeLessThanOrEqual(1.5 * few.blocks + 60);
  });

  test('of hundreds of keys each is looked up once, not for each of thousands of ranges', async () => {
    const log = randomUUID();
    const keys = Array.from({ length: 300 }, () => randomUUID());
    const body = { from: 1, first: 1, count: 1 };
    for (const [type, start] of [
      ['log.exported', 1],
      ['log.queried', 2_001],
    ] as const)
      await ranges(
        log,
        type,
        Array.from({ length: 2_000 }, (_, n) => ({ index: start + n, ...body, size: 2, last: 1 })),
      );
    await projector.query('INSERT INTO audit_log_v1.sealed SELECT $1, k, 0 FROM unnest($2::uuid[]) k', [
      log,
      keys,
    ]);
    const ada = randomUUID();
    const given = await cost(log, (sql) => exportsGiving(sql, log, asked(ada, keys)));
    const read = await cost(log, (sql) => readersOf(sql, log, asked(ada, keys)));
    expect([given.found.count, read.found.readers]).toEqual([0, []]);
    // One look at each for each would be more than a million.
    expect([given.blocks < 20_000, read.blocks < 20_000]).toEqual([true, true]);
  });
});

/** Entries of a type, with what their bodies say. */
async function ranges(
  log: string,
  type: string,
  bodies: readonly { readonly index: number }[],
): Promise<void> {
  const entries = bodies.map(({ index, ...body }) => {
    const actor = { kind: 'service', id: log, onBehalfOf: null };
    return {
      index,
      entry: {
        id: randomUUID(),
        occurredAt: '2026-01-01T00:00:00.000Z',
        actor,
        body: { kind: 'log', subjects: [], ...body },
      },
    };
  });
  await projector.query(
    `INSERT INTO audit_log_v1.entry (tenant_id, index, event_id, type, outcome, actor_kind, actor_id, target_kind,
       target_id, occurred_at, recorded_at, seen_at, leaf, entry, metadata)
     SELECT $1::uuid, r.index, (r.entry ->> 'id')::uuid, $2, 'success', 'service', $1::uuid, NULL, NULL, now(), now(), now(),
       '', convert_to(r.entry::text, 'UTF8'), ''
     FROM jsonb_to_recordset($3::jsonb) AS r (index bigint, entry jsonb)`,
    [log, type, JSON.stringify(entries)],
  );
}

test('whatever the keys and the ranges, those are found that have a value', async () => {
  const SUBJECTS = Array.from({ length: 3 }, () => randomUUID());
  const place = fc.nat(12);
  const subjects = fc.subarray(SUBJECTS);
  const key = fc.record({
    subject: fc.constantFrom(...SUBJECTS, null),
    places: fc.uniqueArray(place, { maxLength: 3 }),
  });
  const one = fc.record({
    kind: fc.constantFrom('log', 'subjects', 'population'),
    subjects,
    from: place,
    size: place,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(key, { maxLength: 5 }),
      fc.array(one, { maxLength: 8 }),
      subjects,
      async (keys, exports, asked) => {
        const log = randomUUID();
        const made = keys.map(({ subject, places }) => ({ keyId: randomUUID(), subject, places }));
        for (const { keyId, places } of made)
          await projector.query('INSERT INTO audit_log_v1.sealed SELECT $1, $2, unnest($3::bigint[])', [
            log,
            keyId,
            places,
          ]);
        await ranges(
          log,
          'log.exported',
          exports.map((body, n) => ({ index: 20 + n, ...body })),
        );
        const expected = exports.filter(({ kind, subjects: of, from, size }) =>
          made.some(({ subject, places }) => {
            const about = of.some((it) => asked.includes(it)) && (subject === null || of.includes(subject));
            return (
              (kind === 'log' || (kind === 'subjects' && about)) &&
              places.some((at) => at >= from && at < size)
            );
          }),
        );
        const found = await inTenant((sql) => exportsGiving(sql, log, { keys: made, subjects: asked }), log);
        expect(shown(found)).toEqual(expected.map(({ kind, from, size }) => [kind, from, size]).toReversed());
      },
    ),
    { numRuns: 60 },
  );
});
