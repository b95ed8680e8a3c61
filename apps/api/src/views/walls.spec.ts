import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inScope, type Scope } from '@candor/read-models';
import { everyRoute } from '../spec-kit/every-route.js';
import { ProvenApp } from '../spec-kit/proven-app.js';

/** Tables that say of each row whose it is, with the column that does. */
interface Owned {
  readonly name: string;
  readonly owner: 'tenant_id' | 'log_id';
}

/** What the platform's own scope shows of all logs: their list, and what epochs and signed heads are made of. */
const OF_THE_PLATFORM = [
  'account_history_v1.tenant',
  'anchor_v1.checkpoint',
  'anchor_v1.origin',
  'anchor_v1.slot',
  'head.signed',
  'verifiable_log_v1.succession',
];

let house: ProvenApp;
let tenants: readonly string[];
let tables: readonly Owned[];
beforeAll(async () => {
  house = await ProvenApp.start();
  const scenes = [await everyRoute(house), await everyRoute(house)];
  for (const { requests } of scenes) for (const { request } of requests) await house.it.send(request);
  await house.level();
  tenants = scenes.map(({ tenant }) => tenant);
  const found = await house.reader.query<Owned>(
    `SELECT t.oid::regclass::text AS name, a.attname AS owner FROM pg_class t
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname IN ('tenant_id', 'log_id')
     WHERE t.relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege(t.oid, 'SELECT') ORDER BY 1`,
  );
  tables = found.rows;
});
afterAll(() => house.stop());

/** Whose rows each table shows, of those that show any. */
async function shown(scope: Scope | undefined): Promise<ReadonlyMap<string, readonly string[]>> {
  const owners = new Map<string, readonly string[]>();
  for (const { name, owner } of tables) {
    const query = `SELECT DISTINCT ${owner} AS of FROM ${name} ORDER BY 1`;
    const { rows } = await (scope === undefined
      ? house.reader.query<{ of: string }>(query)
      : inScope(house.reader, scope, (sql) => sql.query<{ of: string }>(query)));
    if (rows.length > 0)
      owners.set(
        name,
        rows.map(({ of }) => of),
      );
  }
  return owners;
}

test('a tenant’s scope shows that tenant’s rows, in every table', async () => {
  for (const tenant of tenants) {
    const owners = await shown({ kind: 'tenant', tenant });
    for (const [name, of] of owners) expect([name, of]).toEqual([name, [tenant]]);
    // Those that are empty prove nothing: what a reactor flags, and where origins begin after a loss.
    expect(tables.map(({ name }) => name).filter((name) => !owners.has(name))).toEqual([
      'audit_log_v1.flag',
      'audit_log_v1.succession',
      'verifiable_log_v1.succession',
    ]);
  }
});

test('without a scope nothing is shown', async () => {
  expect([...(await shown(undefined)).keys()]).toEqual([]);
});

test('the platform’s scope shows what epochs are made of, and nothing of what happened to anybody', async () => {
  const owners = await shown({ kind: 'platform' });
  for (const name of owners.keys()) expect(OF_THE_PLATFORM).toContain(name);
  expect(owners.get('anchor_v1.checkpoint')).toEqual(expect.arrayContaining([...tenants]));
});
