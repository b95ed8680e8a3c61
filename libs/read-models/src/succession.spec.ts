import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { b64, Frontier, hex, logOrigin } from '@candor/crypto';
import { formatCheckpoint, inclusionProof, verifyInclusion } from '@candor/crypto/tlog';
import { contents, project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import fc from 'fast-check';
import { accountHistory } from './account-history/projection.js';
import { queryHistory } from './account-history/query.js';
import { anchor } from './anchor/projection.js';
import { coveringEpoch, epochHeads, headOfSize, headsOf, originOf } from './anchor/heads.js';
import { readEntries, readErasers } from './audit-log/entries.js';
import { entryIndexes } from './audit-log/naming.js';
import { originSpans } from './audit-log/origins.js';
import { auditLog } from './audit-log/projection.js';
import { findEntry, queryAuditLog } from './audit-log/query.js';
import { BadCursor } from './cursor.js';
import type { BatchEvent } from './projection.js';
import { inScope } from './scope.js';
import { createPool, type Pool, type Sql } from './sql.js';
import { type LogOrigin, originOfStream } from './succession.js';
import { verifiableLog } from './verifiable-log/projection.js';
import {
  contradictedLogs,
  currentSuccession,
  grownLogs,
  hashesAt,
  lastCheckpoint,
  lastReproduced,
  rootsAt,
  treeSize,
} from './verifiable-log/query.js';

const TABLES = [
  ...['log', 'entry', 'kind', 'sealed', 'succession'].map((name) => `audit_log_v1.${name}`),
  ...['log', 'tile', 'checkpoint', 'succession'].map((name) => `verifiable_log_v1.${name}`),
  ...['log', 'event', 'tenant', 'member', 'membership'].map((name) => `account_history_v1.${name}`),
  ...['slot', 'origin', 'checkpoint', 'epoch', 'node', 'note'].map((name) => `anchor_v1.${name}`),
];
const OPERATOR = 'candor.example';

let database: TestPostgres;
let owner: Pool;
let projector: Pool;
let api: Pool;
let story: Story;

beforeAll(async () => {
  database = await startPostgres();
  owner = createPool(database.ownerUrl);
  projector = createPool(database.projectorUrl);
  api = createPool(database.apiUrl);
});
afterAll(async () => {
  await Promise.all([owner.end(), projector.end(), api.end()]);
  await database.stop();
});
beforeEach(() => empty());

async function empty(): Promise<void> {
  story = new Story();
  await owner.query(`TRUNCATE ${TABLES.join(', ')}`);
}

async function projectAll(batch = 100): Promise<void> {
  const events = await story.events();
  for (const view of [auditLog(), verifiableLog(), anchor(), accountHistory()])
    await project(projector, view, events, batch);
}
const ask = <T>(log: string, query: (sql: Sql) => Promise<T>): Promise<T> =>
  inScope(api, { kind: 'tenant', tenant: log }, query);
const platform = <T>(query: (sql: Sql) => Promise<T>): Promise<T> =>
  inScope(api, { kind: 'platform' }, query);

async function registered(slot: number): Promise<string> {
  const log = await story.open(randomUUID());
  await story.happens(null, `slot-${slot}`, { type: 'log.slot-assigned', body: { slot, log } });
  const named = { operator: OPERATOR, legalName: 'Beispiel GmbH', registerNumber: null, country: 'DE' };
  await story.happens(log, `tenant-${log}`, {
    type: 'tenant.registered',
    body: { slot, ...named, role: 'controller', dataRegion: 'eu', breachContact: null },
  });
  return log;
}
const happens = (log: string) =>
  story.happensRaw(log, `thing-${randomUUID()}`, 'future.thing-happened', 1, { note: randomUUID() });
const records = ({ log, succession }: LogOrigin, size: number, root: Uint8Array) =>
  story.happensRaw(
    null,
    `log-${log}${succession === 0 ? '' : `-${succession}`}`,
    'log.checkpoint-recorded',
    1,
    {
      size,
      root: b64(root),
    },
  );
const gone = logOrigin(OPERATOR, 1, new Uint8Array());
const previous = formatCheckpoint({ origin: gone, size: 9, root: new Uint8Array(32) });
const succeeds = (log: string, slot = 1) =>
  story.happens(log, `succession-${log}`, {
    type: 'log.succeeded',
    body: { slot, operator: OPERATOR, previous, cause: 'restored' },
  });
const epoch = (number: number, after: string | null) =>
  story.happens(null, 'anchor-main', {
    type: 'log.epoch-recorded',
    body: {
      epoch: number,
      time: 1_800_000_000 + number,
      slots: 1024,
      root: b64(new Uint8Array(32).fill(number)),
      after,
    },
  });

/** What each origin of a log consists of, by the rule itself: from each `log.succeeded` on there is another one. */
async function originsIn(log: string): Promise<readonly (readonly BatchEvent[])[]> {
  const origins: BatchEvent[][] = [[]];
  for (const event of await story.events()) {
    if (event.entry.json.log !== log) continue;
    if (event.entry.json.type === 'log.succeeded') origins.push([]);
    origins.at(-1)?.push(event);
  }
  return origins;
}
function rootOf(some: readonly BatchEvent[]): Uint8Array {
  const frontier = Frontier.empty();
  for (const { entry } of some) frontier.append(entry.leaf);
  return frontier.root();
}

test('whatever happens in whatever order, each origin has the tree and the entries that are its own', async () => {
  const step = fc.record({
    log: fc.nat({ max: 2 }),
    what: fc.constantFrom('entry', 'entry', 'entry', 'entry', 'head', 'succession'),
  });
  const runs = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 60 }),
    fc.integer({ min: 1, max: 25 }),
    async (steps, batch) => {
      await empty();
      const logs = [await registered(1), await registered(2), await registered(3)];
      for (const { log: n, what } of steps) {
        const log = logs[n] ?? '';
        const present = (await originsIn(log)).length - 1;
        const entries = (await originsIn(log)).at(-1) ?? [];
        if (what === 'entry') await happens(log);
        else if (what === 'succession') await succeeds(log, n + 1);
        else await records({ log, succession: present }, entries.length, rootOf(entries));
      }
      await projectAll(batch);
      const once = await contents(projector, TABLES);
      for (const log of logs) await holds(log);
      expect(await platform(contradictedLogs)).toEqual([]);
      await projectAll(batch + 3);
      expect(await contents(projector, TABLES)).toEqual(once);
      await owner.query(`TRUNCATE ${TABLES.join(', ')}`);
      await projectAll(batch + 3);
      expect(await contents(projector, TABLES)).toEqual(once);
    },
  );
  await fc.assert(runs, { numRuns: 10 });
});

async function holds(log: string): Promise<void> {
  const origins = await originsIn(log);
  await ask(log, async (sql) => {
    expect(await currentSuccession(sql, log)).toBe(origins.length - 1);
    expect((await originSpans(sql, log)).map(({ start, end }) => end - start)).toEqual(
      origins.map((events) => events.length),
    );
    for (const [succession, events] of origins.entries()) {
      const origin = { log, succession };
      expect(await treeSize(sql, origin)).toBe(events.length);
      const sizes = events.map((_, n) => ({ tenant: log, succession, size: n + 1 }));
      const roots = [...(await rootsAt(sql, sizes)).values()];
      expect(roots.map(hex)).toEqual(events.map((_, n) => hex(rootOf(events.slice(0, n + 1)))));
      const read = await readEntries(sql, origin, { from: 0, to: 1_000, bytes: 1e9 });
      expect(read.map(({ index, id }) => [index, id])).toEqual(events.map(({ stored }, n) => [n, stored.id]));
    }
    const page = await queryAuditLog(sql, {
      tenant: log,
      filter: {},
      order: 'oldest',
      cursor: null,
      limit: 1_000,
    });
    expect(page.rows.map(({ succession, index, stored }) => [succession, index, stored.id])).toEqual(
      origins.flatMap((events, n) => events.map(({ stored }, index) => [n, index, stored.id])),
    );
    expect(page.rows.map(({ place }) => place)).toEqual(page.rows.map((_, n) => n));
  });
}

test('a batch that holds entries before and after a succession gives each its own index', async () => {
  const log = await registered(1);
  await happens(log);
  const lost = await records({ log, succession: 0 }, 9, new Uint8Array(32));
  const first = await succeeds(log);
  const second = await happens(log);
  const third = await succeeds(log);
  await projectAll();
  await ask(log, async (sql) => {
    expect(await entryIndexes(sql, log, [first, second, third])).toEqual(
      new Map([
        [first, { succession: 1, index: 0 }],
        [second, { succession: 1, index: 1 }],
        [third, { succession: 2, index: 0 }],
      ]),
    );
    expect(await findEntry(sql, log, second)).toMatchObject({
      row: { place: 3, succession: 1, index: 1 },
      size: 5,
    });
    expect(await lastCheckpoint(sql, { log, succession: 0 })).toMatchObject({
      eventId: lost,
      size: 9,
      reproduced: false,
    });
    expect(await lastReproduced(sql, { log, succession: 0 })).toBeUndefined();
    const hashes = (nodes: Parameters<typeof hashesAt>[2]) => hashesAt(sql, { log, succession: 1 }, nodes);
    const [zero, one] = (await originsIn(log))[1] ?? [];
    const leaf = one?.entry.leaf ?? new Uint8Array();
    verifyInclusion(
      1,
      2,
      leaf,
      await inclusionProof(1, 2, hashes),
      rootOf([zero, one].flatMap((e) => e ?? [])),
    );
  });
});

test('a head that is lost closes a log until it is succeeded, and one of the successor does so again', async () => {
  const log = await registered(1);
  await records({ log, succession: 0 }, 9, new Uint8Array(32));
  await projectAll();
  expect(await platform(contradictedLogs)).toEqual([log]);
  // More than any head of it covers: no head is made of an origin that ended.
  for (let n = 0; n < 12; n++) await happens(log);
  await succeeds(log);
  await projectAll();
  expect(await platform(contradictedLogs)).toEqual([]);
  expect(await grownLogs(projector)).toEqual([log]);
  const [, entries = []] = await originsIn(log);
  await records({ log, succession: 1 }, 1, rootOf(entries));
  await projectAll();
  expect(await grownLogs(projector)).toEqual([]);
  await records({ log, succession: 1 }, 2, rootOf(entries));
  await projectAll();
  expect(await platform(contradictedLogs)).toEqual([log]);
});

test('a head of a successor that the store does not have closes the log', async () => {
  const log = await registered(1);
  await records({ log, succession: 1 }, 1, new Uint8Array(32));
  await projectAll();
  expect(await platform(contradictedLogs)).toEqual([log]);
});

test('an epoch counts the head of the newest origin that has one, whatever is recorded of another later', async () => {
  const log = await registered(7);
  const old = await records({ log, succession: 0 }, 1, new Uint8Array(32));
  await succeeds(log, 7);
  await epoch(0, old);
  // A head of the origin before may be recorded again when a store is recovered.
  const again = await records({ log, succession: 0 }, 9, new Uint8Array(32));
  await epoch(1, again);
  const next = await records({ log, succession: 1 }, 1, new Uint8Array(32));
  const late = await records({ log, succession: 0 }, 11, new Uint8Array(32));
  await epoch(2, next);
  await epoch(3, late);
  await projectAll(4);
  const heads = await platform(async (sql) => [
    ...(await epochHeads(sql, 0)),
    ...(await epochHeads(sql, 1)),
    ...(await epochHeads(sql, 2)),
    ...(await epochHeads(sql, 3)),
  ]);
  expect(heads.map(({ succession, size }) => [succession, size])).toEqual([
    [0, 1],
    [0, 9],
    [1, 1],
    [1, 1],
  ]);
  const [[zero] = [], [one] = []] = await originsIn(log);
  const names = [zero, one].map((event) => logOrigin(OPERATOR, 7, event?.stored.data ?? new Uint8Array()));
  expect(heads.map(({ origin }) => names.indexOf(origin))).toEqual([0, 0, 1, 1]);
  await ask(log, async (sql) => {
    expect(await originOf(sql, { log, succession: 0 })).toEqual({ slot: 7, origin: names[0] });
    expect(await originOf(sql, { log, succession: 1 })).toEqual({ slot: 7, origin: names[1] });
    expect(await originOf(sql, { log, succession: 2 })).toBeUndefined();
    expect(await headOfSize(sql, { log, succession: 1 }, 1)).toMatchObject({ origin: names[1] });
    const of = async (succession: number) =>
      (await headsOf(sql, { log, succession }, { from: 0, to: 9, limit: 9 })).map(({ epoch: e }) => e);
    expect([await of(0), await of(1)]).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await coveringEpoch(sql, { log, succession: 0 }, 0)).toMatchObject({
      epoch: 0,
      head: { size: 1 },
    });
    expect(await coveringEpoch(sql, { log, succession: 1 }, 0)).toMatchObject({
      epoch: 2,
      head: { size: 1 },
    });
    // Recorded when the successor had its head already: no epoch covers it.
    expect(await coveringEpoch(sql, { log, succession: 0 }, 10)).toBeUndefined();
  });
});

/** The store as it was after the first events of a log, as if the others had been lost; views are built again. */
async function restored(log: string, entries: number): Promise<void> {
  const events = await story.events();
  await empty();
  let kept = 0;
  for (const { stored, entry } of events) {
    if (entry.json.log === log && ++kept > entries) continue;
    await story.append(stored.stream, stored);
  }
  await story.vault.createLog(log, 'tenant');
}

test.each([
  ['oldest', Array.from({ length: 21 }, (_, index) => [1, index])],
  ['newest', Array.from({ length: 8 }, (_, n) => [0, 7 - n])],
] as const)('a cursor from before a loss skips nothing, %s first', async (order, expected) => {
  const log = await registered(1);
  for (let n = 0; n < 29; n++) await happens(log);
  await projectAll();
  const page = (cursor: string | null) =>
    ask(log, (sql) => queryAuditLog(sql, { tenant: log, filter: {}, order, cursor, limit: 12 }));
  const { next } = await page(null);
  await restored(log, 8);
  await succeeds(log);
  for (let n = 0; n < 20; n++) await happens(log);
  await projectAll();
  const seen: (readonly number[])[] = [];
  for (let cursor = next; cursor !== null;) {
    const { rows, next: more } = await page(cursor);
    seen.push(...rows.map(({ succession, index }) => [succession, index]));
    cursor = more;
  }
  expect(seen).toEqual(expected);
});

test('a cursor of an origin that the log has not had is refused, and of its history one from before', async () => {
  const log = await registered(1);
  const changes = () =>
    story.happens(log, `members-${log}`, {
      type: 'tenant.member-deactivated',
      body: { user: randomUUID(), role: 'member' },
    });
  for (let n = 0; n < 5; n++) await changes();
  await projectAll();
  const history = (cursor: string | null) =>
    ask(log, (sql) => queryHistory(sql, { tenant: log, order: 'oldest', cursor, limit: 2 }));
  const { next } = await history(null);
  expect((await history(next)).rows).toHaveLength(2);
  await succeeds(log);
  await happens(log);
  await projectAll();
  await expect(history(next)).rejects.toThrow(BadCursor);
  expect((await history((await history(null)).next)).rows).toHaveLength(2);

  const page = (cursor: string | null) =>
    ask(log, (sql) => queryAuditLog(sql, { tenant: log, filter: {}, order: 'newest', cursor, limit: 1 }));
  const of = await page(null);
  expect((await page(of.next)).rows).toMatchObject([{ succession: 1, index: 0 }]);
  await owner.query('TRUNCATE audit_log_v1.succession');
  await expect(page(of.next)).rejects.toThrow(BadCursor);
});

test('an order of erasure is named with its origin in another one, and not before its own files have it', async () => {
  const log = await registered(1);
  const order = () => story.happensRaw(log, 'keyerasures-all', 'log.erasure-ordered', 1, { keys: null });
  const [first] = [await order(), await succeeds(log)];
  const [second, third] = [await order(), await order()];
  await projectAll();
  const erasers = (succession: number, size: number) =>
    ask(log, async (sql) => Object.fromEntries(await readErasers(sql, { log, succession }, size)));
  const [one, two] = [
    { by: 1, succession: 1 },
    { by: 2, succession: 1 },
  ];
  expect(await erasers(0, 2)).toEqual({ [first]: { by: 1 }, [second]: one, [third]: two });
  expect(await erasers(1, 3)).toEqual({
    [first]: { by: 1, succession: 0 },
    [second]: { by: 1 },
    [third]: { by: 2 },
  });
  expect(await erasers(1, 2)).toEqual({ [first]: { by: 1, succession: 0 }, [second]: { by: 1 } });
  expect(await erasers(0, 1)).toEqual({ [second]: one, [third]: two });
});

test('nothing of a succession is seen from another log, and none is written but by the projector', async () => {
  const [mine, other] = [await registered(1), await registered(2)];
  await succeeds(other);
  await projectAll();
  await ask(mine, async (sql) => {
    expect(await currentSuccession(sql, other)).toBe(0);
    expect(await originSpans(sql, other)).toEqual([]);
    expect(await readEntries(sql, { log: other, succession: 1 }, { from: 0, to: 9, bytes: 1e6 })).toEqual([]);
    expect(await treeSize(sql, { log: other, succession: 1 })).toBe(0);
    for (const schema of ['audit_log_v1', 'verifiable_log_v1'])
      expect((await sql.query(`SELECT FROM ${schema}.succession`)).rowCount).toBe(0);
  });
  await expect(api.query('INSERT INTO audit_log_v1.succession SELECT')).rejects.toThrow(/permission denied/);
  await expect(projector.query('UPDATE verifiable_log_v1.succession SET succession = 5')).rejects.toThrow(
    /permission denied/,
  );
});

test.each([
  [`log-${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`, 0],
  [`log-${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}-1`, 1],
  [`log-${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}-12`, 12],
  [`log-${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}-0`, undefined],
  [`log-${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}-01`, undefined],
  [`log-${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}1`, undefined],
  [`log-${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}-`, undefined],
  ['log-main', undefined],
  [`logs-${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`, undefined],
])('the stream %s holds the heads of origin %s', (stream, succession) => {
  expect(originOfStream(stream)?.succession).toBe(succession);
});
