import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { b64, Frontier, hex, leafHash } from '@candor/crypto';
import { contents, project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { inScope } from '../scope.js';
import { createPool, inTransaction, type Pool, type Sql } from '../sql.js';
import { verifiableLog } from './projection.js';
import { contradictedLogs, hashesAt, lastCheckpoint, rootsAt, treeSize } from './query.js';
import { HashMissing } from './read-hashes.js';

const TABLES = ['log', 'tile', 'checkpoint'].map((name) => `verifiable_log_v1.${name}`);

let database: TestPostgres;
let owner: Pool;
let projector: Pool;
let api: Pool;
let story: Story;
let tenant: string;

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
beforeEach(async () => {
  story = new Story();
  tenant = await story.open(randomUUID());
  await owner.query(`TRUNCATE ${TABLES.join(', ')}`);
});

const happens = (log: string) =>
  story.happensRaw(log, `thing-${randomUUID()}`, 'future.thing-happened', 1, { note: randomUUID() });
const records = (log: string, size: number, root: Uint8Array) =>
  story.happensRaw(null, `log-${log}`, 'log.checkpoint-recorded', 1, { size, root: b64(root) });
const ask = <T>(query: (sql: Sql) => Promise<T>, log = tenant): Promise<T> =>
  inScope(api, { kind: 'tenant', tenant: log }, query);
const first = (log: string) => ({ log, succession: 0 });
const rootAt = (log: string, size: number) =>
  ask(async (sql) => [...(await rootsAt(sql, [{ tenant: log, succession: 0, size }])).values()][0], log);

async function leaves(log: string): Promise<readonly Uint8Array[]> {
  const events = await story.events();
  return events.filter(({ entry }) => entry.json.log === log).map(({ stored }) => leafHash(stored.data));
}
function rootOf(some: readonly Uint8Array[]): Uint8Array {
  const frontier = Frontier.empty();
  for (const leaf of some) frontier.append(leaf);
  return frontier.root();
}

describe('the tree', () => {
  test('has the root of RFC 6962 at every size it ever had, whatever the batches', async () => {
    const other = await story.open(randomUUID());
    for (let n = 0; n < 60; n++) await happens(n % 7 === 0 ? other : tenant);
    for (const batch of [1, 13, 100]) {
      await owner.query(`TRUNCATE ${TABLES.join(', ')}`);
      await project(projector, verifiableLog(), await story.events(), batch);
      for (const log of [tenant, other]) {
        const all = await leaves(log);
        expect(await ask((sql) => treeSize(sql, first(log)), log)).toBe(all.length);
        for (let size = 1; size <= all.length; size++)
          expect(hex((await rootAt(log, size)) ?? Buffer.of())).toBe(hex(rootOf(all.slice(0, size))));
      }
    }
  });

  test('reaches over several levels of tiles', async () => {
    for (let n = 0; n < 600; n++) await happens(tenant);
    await project(projector, verifiableLog(), await story.events(), 250);
    const all = await leaves(tenant);
    for (const size of [256, 257, 511, 512, 599, 600])
      expect(hex((await rootAt(tenant, size)) ?? Buffer.of())).toBe(hex(rootOf(all.slice(0, size))));
  });

  test('changes nothing when events come twice', async () => {
    for (let n = 0; n < 40; n++) await happens(tenant);
    await records(tenant, 40, rootOf(await leaves(tenant)));
    const events = await story.events();
    await project(projector, verifiableLog(), events, 7);
    const once = await contents(projector, TABLES);
    await project(projector, verifiableLog(), events, 100);
    expect(await contents(projector, TABLES)).toEqual(once);
  });

  test('gives no hash that is not complete yet, and none of another tenant', async () => {
    for (let n = 0; n < 20; n++) await happens(tenant);
    await project(projector, verifiableLog(), await story.events());
    const at = (level: number, index: number, log = tenant) =>
      ask((sql) => hashesAt(sql, first(tenant), [{ level, index }]), log);
    expect(await at(2, 4)).toHaveLength(1);
    for (const [level, index] of [
      [0, 20],
      [2, 5],
      [4, 1],
      [5, 0],
      [12, 0],
    ] as const)
      await expect(at(level, index)).rejects.toThrow(HashMissing);
    await expect(at(0, 0, randomUUID())).rejects.toThrow(HashMissing);
    expect(await ask((sql) => treeSize(sql, first(tenant)), randomUUID())).toBe(0);
  });

  test('is written by the projector only, and a full tile not even by it', async () => {
    await expect(api.query('INSERT INTO verifiable_log_v1.tile SELECT')).rejects.toThrow(/permission denied/);
    for (const table of ['tile', 'checkpoint'])
      for (const statement of [
        `UPDATE verifiable_log_v1.${table} SET tenant_id = NULL`,
        `DELETE FROM verifiable_log_v1.${table}`,
      ])
        await expect(projector.query(statement)).rejects.toThrow(/permission denied/);
  });
});

describe('a recorded checkpoint', () => {
  test('is kept, with whether the entries before it have that root', async () => {
    for (let n = 0; n < 20; n++) await happens(tenant);
    const all = await leaves(tenant);
    await records(tenant, 17, rootOf(all.slice(0, 17)));
    const id = await records(tenant, 20, rootOf(all));
    await project(projector, verifiableLog(), await story.events(), 6);
    expect(await ask((sql) => lastCheckpoint(sql, first(tenant)))).toMatchObject({
      size: 20,
      root: Buffer.from(rootOf(all)),
      eventId: id,
      revision: 1n,
      reproduced: true,
    });
    expect(await contradicted()).toEqual([]);
  });

  test.each([
    ['has another root', async () => records(tenant, 20, randomBytes(32))],
    ['has the root of another size', async () => records(tenant, 19, rootOf(await leaves(tenant)))],
    ['is ahead of the entries', async () => records(tenant, 21, rootOf(await leaves(tenant)))],
  ])('is told when it %s', async (_, claim) => {
    for (let n = 0; n < 20; n++) await happens(tenant);
    await claim();
    await happens(tenant);
    await project(projector, verifiableLog(), await story.events());
    expect(await ask((sql) => lastCheckpoint(sql, first(tenant)))).toMatchObject({ reproduced: false });
    expect(await contradicted()).toEqual([tenant]);
  });

  test('ahead of its entries is told also where the entries come in the same batch', async () => {
    for (let n = 0; n < 5; n++) await happens(tenant);
    const five = await leaves(tenant);
    const other = await story.open(randomUUID());
    await records(other, 5, rootOf(five));
    for (let n = 0; n < 5; n++) await happens(other);
    await project(projector, verifiableLog(), await story.events());
    expect(await contradicted()).toEqual([other]);
  });

  test('of another form stops the view', async () => {
    await happens(tenant);
    await story.happensRaw(null, `log-${tenant}`, 'log.checkpoint-recorded', 2, { size: 1, root: 'x' });
    await expect(project(projector, verifiableLog(), await story.events())).rejects.toThrow();
  });

  const contradicted = () => inScope(api, { kind: 'platform' }, contradictedLogs);
});

test('a batch that cannot be written leaves the tree as it was', async () => {
  for (let n = 0; n < 20; n++) await happens(tenant);
  const events = await story.events();
  await project(projector, verifiableLog(), events.slice(0, 15));
  const before = await contents(projector, TABLES);
  const rest = events.slice(15).filter(verifiableLog().concerns);
  await expect(
    inTransaction(projector, 'BEGIN', async (sql) => {
      await verifiableLog().apply(rest, sql);
      throw new Error('the power went');
    }),
  ).rejects.toThrow('the power went');
  expect(await contents(projector, TABLES)).toEqual(before);
});
