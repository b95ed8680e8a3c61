import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { inScope } from '../scope.js';
import { createPool, type Pool, type Sql } from '../sql.js';
import type { AuditFilter } from './filter.js';
import { type AuditPage, queryAuditLog } from './query.js';

/** Blocks of the database touched, not time: the same on every machine. */
const ENTRIES = 200_000;
const BUSY = 'b0000000-0000-4000-8000-000000000001';
const RARE = 'a0000000-0000-4000-8000-000000000001';
const TARGET = 'c0000000-0000-4000-8000-000000000001';

let database: TestPostgres;
let api: Pool;
const small = randomUUID();
const large = randomUUID();

beforeAll(async () => {
  database = await startPostgres();
  api = createPool(database.apiUrl);
  const projector = createPool(database.projectorUrl);
  await fill(projector, small, 2_000);
  await fill(projector, large, ENTRIES);
  await projector.end();
  const owner = createPool(database.ownerUrl);
  await owner.query('VACUUM ANALYZE audit_log_v1.entry');
  await owner.end();
});
afterAll(async () => {
  await api.end();
  await database.stop();
});

/** Nearly all by one busy actor; the rare actor, type, outcome and target stand at the very beginning. */
async function fill(pool: Pool, tenant: string, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO audit_log_v1.entry (tenant_id, index, event_id, type, outcome, actor_kind, actor_id, target_kind,
       target_id, occurred_at, recorded_at, seen_at, leaf, entry, metadata)
     SELECT $1, n, gen_random_uuid(),
       CASE WHEN n < 5 THEN 'tenant.registered' WHEN n % 2 = 0 THEN 'delivery.accepted' ELSE 'delivery.delivered' END,
       CASE WHEN n < 5 THEN 'refused' ELSE 'success' END,
       'service', CASE WHEN n < 5 THEN '${RARE}' ELSE '${BUSY}' END::uuid,
       'message', CASE WHEN n < 5 THEN '${TARGET}' ELSE gen_random_uuid()::text END::uuid,
       t, t, t, '', convert_to('{"stream":"' || repeat('x', 800) || '"}', 'UTF8'), ''
     FROM (SELECT n, timestamptz '2026-01-01' + n * interval '1 second' AS t FROM generate_series(0, $2::int - 1) n) s`,
    [tenant, count],
  );
  await pool.query('INSERT INTO audit_log_v1.log VALUES ($1, $2, now(), 1)', [tenant, count]);
  await pool.query(
    'INSERT INTO audit_log_v1.kind SELECT DISTINCT tenant_id, type, outcome FROM audit_log_v1.entry WHERE tenant_id = $1',
    [tenant],
  );
}

interface Plan {
  readonly Plan: { readonly 'Shared Hit Blocks': number; readonly 'Shared Read Blocks': number };
}

/** A page, and the blocks that all of its statements touched. */
async function cost(tenant: string, filter: AuditFilter): Promise<{ page: AuditPage; blocks: number }> {
  let blocks = 0;
  const page = await inScope(api, { kind: 'tenant', tenant }, (sql) => {
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
    return queryAuditLog(counted, { tenant, filter, order: 'newest', cursor: null, limit: 100 });
  });
  return { page, blocks };
}

describe('a page costs as much in a large log as in a small one', () => {
  test.each<[string, AuditFilter, number]>([
    ['plain', {}, 100],
    ['an actor without hits', { actor: randomUUID() }, 0],
    ['an actor far back', { actor: RARE }, 5],
    ['an actor that did nearly everything', { actor: BUSY }, 100],
    ['a target without hits', { target: randomUUID() }, 0],
    ['a target far back', { target: TARGET }, 5],
    ['a rare action', { action: 'tenant.registered' }, 5],
    ['a rare prefix', { action: 'tenant.*' }, 5],
    ['a broad prefix', { action: 'delivery.' }, 100],
    ['a rare outcome', { outcome: 'refused' }, 5],
    ['an outcome nobody had', { outcome: 'failure' }, 0],
    ['a stretch of time', { from: '2026-01-01T00:00:10.000Z', to: '2026-01-01T00:00:20.000Z' }, 10],
    ['a rare action of the rare actor', { actor: RARE, action: 'tenant.registered' }, 5],
    [
      'a common action in a stretch of time',
      { action: 'delivery.accepted', to: '2026-01-01T00:10:00.000Z' },
      100,
    ],
  ])('%s', async (_, filter, rows) => {
    const [few, many] = [await cost(small, filter), await cost(large, filter)];
    expect([few.page.rows.length, many.page.rows.length]).toEqual([rows, rows]);
    expect(many.blocks).toBeLessThanOrEqual(1.5 * few.blocks + 60);
  });

  test('where two filters meet nowhere, the work is bounded and the cursor goes on', async () => {
    const { page, blocks } = await cost(large, { actor: BUSY, outcome: 'refused' });
    expect(page.rows).toEqual([]);
    expect(page.next).not.toBeNull();
    expect(blocks).toBeLessThan(15_000);
  });
});
