import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { decodeEntry } from '@candor/event-store';
import { project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { inScope } from '../scope.js';
import { createPool, type Pool } from '../sql.js';
import { countNaming, countSealed, entriesNaming } from './naming.js';
import { auditLog } from './projection.js';
import { logSize } from './query.js';

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

const invited = (user: string, by: string | null = null) =>
  story.happens(
    tenant,
    `members-${tenant}`,
    {
      type: 'tenant.member-invited',
      body: { user, role: 'owner', address: `${user}@example.org`, name: null },
    },
    by === null ? {} : { actor: { kind: 'user', id: by, onBehalfOf: null, name: 'Ada Example' } },
  );
const deactivated = (user: string) =>
  story.happens(tenant, `members-${tenant}`, {
    type: 'tenant.member-deactivated',
    body: { user, role: 'member' },
  });
const keysOf = async (subject: string) =>
  (await story.vault.erasures.livingKeys(tenant, [subject])).map(({ keyId }) => keyId);

test('entries are counted by the keys they hold values under, up to a size, and in their own log only', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  for (const user of [ada, ada, bob]) await invited(user);
  await deactivated(ada);
  await project(projector, auditLog(), await story.events());
  const inTenant = (log: string, keys: readonly string[], subjects: readonly string[] = [], size?: number) =>
    inScope(api, { kind: 'tenant', tenant: log }, async (sql) =>
      countNaming(sql, tenant, size ?? (await logSize(sql, tenant)), { subjects, keys }),
    );
  const both = [...(await keysOf(ada)), ...(await keysOf(bob))];
  expect(await inTenant(tenant, await keysOf(ada))).toBe(2);
  expect(await inTenant(tenant, both)).toBe(3);
  expect(await inTenant(tenant, both, [ada])).toBe(4);
  expect(await inTenant(tenant, both, [], 1)).toBe(1);
  expect(await inTenant(randomUUID(), both, [], 100)).toBe(0);
  const found = await entriesNaming(projector, tenant, { from: 0, to: 100 }, { subjects: [], keys: both });
  expect(found.map(({ stored }) => decodeEntry(stored).json.type)).toEqual(
    Array.from({ length: 3 }, () => 'tenant.member-invited'),
  );
});

test('of keys that come in batches each entry is counted once, whatever it is sealed under', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  await invited(ada);
  // Under two keys: whose invitation it is, and who invited.
  for (let n = 0; n < 9; n++) await invited(bob, ada);
  await deactivated(ada);
  await project(projector, auditLog(), await story.events());
  const size = await logSize(projector, tenant);
  const all = (await story.vault.erasures.livingKeys(tenant, null)).map(({ keyId }) => keyId);
  expect(all).toHaveLength(2);
  const counted = (keys: readonly string[], most: number, log = tenant) =>
    countSealed(
      projector,
      log,
      size,
      (async function* () {
        for (let n = 0; n <= keys.length; n += most) yield await Promise.resolve(keys.slice(n, n + most));
      })(),
      4,
    );
  expect(await counted(all, 1)).toBe(10);
  expect(await counted(all, 2)).toBe(10);
  expect(await counted(await keysOf(ada), 10)).toBe(10);
  expect(await counted(await keysOf(bob), 10)).toBe(9);
  expect(await counted(all, 10, randomUUID())).toBe(0);
  expect(await counted([], 10)).toBe(0);
});
