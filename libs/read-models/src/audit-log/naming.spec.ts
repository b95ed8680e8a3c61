import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { decodeEntry } from '@candor/event-store';
import { project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { migrateReadModels } from '../migrate.js';
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
  await migrateReadModels(database.ownerUrl);
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

const invited = (user: string) =>
  story.happens(tenant, `members-${tenant}`, {
    type: 'tenant.member-invited',
    body: { user, role: 'owner', address: `${user}@example.org`, name: null },
  });
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

test('of a class and a period, those that were recorded in it and hold values are counted', async () => {
  const at = async (time: string, happens: () => Promise<unknown>) => {
    // Each thing takes a second.
    story.now = Date.parse(time) - 1_000;
    await happens();
  };
  await at('2025-12-31T23:59:59.000Z', () => invited(randomUUID()));
  await at('2026-01-01T00:00:00.000Z', () => invited(randomUUID()));
  await at('2026-06-01T00:00:00.000Z', () => deactivated(randomUUID()));
  await at('2026-12-31T23:59:58.000Z', () => invited(randomUUID()));
  await at('2027-01-01T00:00:01.000Z', () => invited(randomUUID()));
  // Of a process whose clock is behind.
  await at('2026-12-31T23:59:59.000Z', () => invited(randomUUID()));
  await project(projector, auditLog(), await story.events());
  const count = (keyClass: string | null, period: string | null) =>
    countSealed(projector, tenant, { class: keyClass, period });
  expect(await count('account', '2026')).toBe(3);
  expect(await count('account', '2027')).toBe(1);
  expect(await count('account', '2026-12')).toBe(2);
  expect(await count('delivery', '2026-12')).toBe(0);
  const all = await count(null, null);
  expect(all).toBe(await count('account', null));
  expect(all).toBeGreaterThanOrEqual(5);
});
