import { afterAll, expect, test } from '@jest/globals';
import { migrateReadModels } from '@candor/read-models';
import { migrateVault } from '@candor/vault';
import { Client } from 'pg';
import { startPostgres, type TestPostgres } from './postgres.js';

const first: TestPostgres = await startPostgres();
const second: TestPostgres = await startPostgres();

afterAll(async () => {
  await first.stop();
  await second.stop();
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('every suite has a migrated database of its own on one server', async () => {
  expect(new URL(first.ownerUrl).host).toBe(new URL(second.ownerUrl).host);
  await query(first.ownerUrl, 'CREATE SCHEMA mine');
  const schemas = await query(second.ownerUrl, `SELECT FROM pg_namespace WHERE nspname = 'mine'`);
  expect(schemas).toEqual([]);
  await expect(query(second.vaultUrl, 'SELECT count(*) FROM vault.data_key')).resolves.toHaveLength(1);
});

test('a database that is up to date is left as it is, also by several at once', async () => {
  const done = `SELECT table_schema, table_name, (xpath('/row/n/text()', query_to_xml(
      format('SELECT count(*) AS n FROM %I.%I', table_schema, table_name), false, true, '')))[1]::text AS files
    FROM information_schema.columns WHERE column_name = 'run_on' ORDER BY 1, 2`;
  const before = await query(first.ownerUrl, done);
  expect(before.length).toBeGreaterThan(5);
  const again = [migrateReadModels, migrateReadModels, migrateVault];
  await Promise.all(again.map((migrate) => migrate(first.ownerUrl)));
  expect(await query(first.ownerUrl, done)).toEqual(before);
});

test('no role but the vault’s reaches the vault, and no role is more than an ordinary one', async () => {
  for (const url of [first.apiUrl, first.projectorUrl, first.auditorUrl]) {
    await expect(query(url, 'SELECT FROM vault.data_key')).rejects.toThrow(
      'permission denied for schema vault',
    );
    for (const what of ['SCHEMA more', 'TEMPORARY TABLE more ()', 'TABLE public.more ()'])
      await expect(query(url, `BEGIN READ WRITE; CREATE ${what}`)).rejects.toThrow('permission denied');
  }
  // An erasure deletes keys; that there was one, nothing deletes: only the order that it names may be another one.
  for (const what of [
    'DELETE FROM vault.tombstone',
    'UPDATE vault.tombstone SET key_id = gen_random_uuid()',
    'DELETE FROM vault.log',
  ])
    await expect(query(first.vaultUrl, what)).rejects.toThrow('permission denied');
  await expect(query(first.vaultUrl, 'CREATE TABLE vault.more ()')).rejects.toThrow('permission denied');
  const mighty = await query(
    first.ownerUrl,
    `SELECT rolname FROM pg_roles WHERE rolname LIKE 'candor%'
     AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)`,
  );
  expect(mighty).toEqual([]);
});

test('every table that whoever answers people may read has its rows secured, for its owner too', async () => {
  const open = await query(
    first.adminUrl,
    `SELECT DISTINCT t.oid::regclass::text AS name FROM pg_class t
     CROSS JOIN unnest(ARRAY['candor_api', 'candor_auditor']) AS role
     WHERE t.relkind IN ('r', 'p', 'v', 'm', 'f') AND t.relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
       AND (has_table_privilege(role, t.oid, 'SELECT') OR has_any_column_privilege(role, t.oid, 'SELECT'))
       AND NOT (t.relrowsecurity AND t.relforcerowsecurity)
     ORDER BY name`,
  );
  // What they hold is of no tenant: requests by derived ids, the store's id, how far views are, what closed the installation.
  expect(open).toEqual([
    { name: 'edge.request' },
    { name: 'edge.store' },
    { name: 'head.closed' },
    { name: 'projection.checkpoint' },
  ]);
});

test('every table that names a tenant has its rows secured, whoever reads it', async () => {
  const open = await query(
    first.adminUrl,
    `SELECT DISTINCT t.oid::regclass::text AS name FROM pg_class t
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname IN ('tenant_id', 'log_id')
     WHERE t.relkind IN ('r', 'p') AND t.relnamespace::regnamespace::text <> 'vault'
       AND NOT (t.relrowsecurity AND t.relforcerowsecurity)`,
  );
  expect(open).toEqual([]);
});

test('whoever answers people writes to no view, and no statement of theirs runs for ever', async () => {
  const writable = await query(
    first.adminUrl,
    `SELECT role, t.oid::regclass::text AS name FROM pg_class t
     CROSS JOIN unnest(ARRAY['candor_api', 'candor_auditor']) AS role
     WHERE t.relkind IN ('r', 'p') AND t.relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
       AND has_table_privilege(role, t.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
     ORDER BY name`,
  );
  expect(writable).toEqual([
    // What an epoch's tree was made for once, checked whenever it is read.
    { role: 'candor_api', name: 'anchoring.epoch_half' },
    { role: 'candor_api', name: 'edge.request' },
    { role: 'candor_api', name: 'edge.store' },
    // Heads about to be signed, whoever is asked for one (ADR 13).
    { role: 'candor_api', name: 'head.signed' },
  ]);
  expect(await query(first.apiUrl, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '30s' }]);
  expect(await query(first.auditorUrl, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '5min' }]);
});
