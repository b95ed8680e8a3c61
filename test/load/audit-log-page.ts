import { randomUUID } from 'node:crypto';
import { until } from '../harness/node-process.ts';
import { HttpClient } from '../harness/http-client.ts';
import type { System } from '../harness/system.ts';
import { query } from './database.ts';
import { percentile, print } from './figure.ts';
import { must, registerTenants } from './tenants.ts';

const SMALL = 50_000;
const LARGE = 5_000_000;
const SAMPLES = 300;
/** Written for real, at the end: more than a page. */
const SHOWN = 150;

/** A page of 100 through HTTP at two sizes of the log: plain, and with the worst declared filter, an actor without hits. */
export async function benchAuditLogPage(system: System, scale: number): Promise<void> {
  const [small = '', large = ''] = await registerTenants(system, 2);
  await grow(system, small, Math.ceil(SMALL * scale));
  await grow(system, large, Math.ceil(LARGE * scale));
  await query(system, 'VACUUM ANALYZE audit_log_v1.entry');
  for (const [what, filter] of Object.entries({
    plain: '',
    'an actor without hits': '&actor=',
    'a type without hits': '&action=tenant.member-deactivated',
    'a target without hits': '&target=',
  })) {
    // Taken in turns, so that whatever else the machine does falls on both.
    const times: { readonly small: number[]; readonly large: number[] } = { small: [], large: [] };
    for (let n = 0; n < SAMPLES + 20; n++) {
      const a = await pageTime(system, small, filter);
      const b = await pageTime(system, large, filter);
      if (n < 20) continue;
      times.small.push(a);
      times.large.push(b);
    }
    print({
      figure: `audit-log page of 100, p99, ${what}, ${LARGE * scale} entries`,
      value: percentile(times.large, 0.99),
      unit: 'ms',
      reference: { what: `the same at ${SMALL * scale} entries`, value: percentile(times.small, 0.99) },
      atMost: 1.5,
      aim: 1.1,
      note: `p50 ${percentile(times.large, 0.5).toFixed(1)} ms, at the smaller size ${percentile(times.small, 0.5).toFixed(1)} ms`,
    });
  }
}

async function pageTime(system: System, tenant: string, filter: string): Promise<number> {
  // Another id each time: the reading itself is an entry with this target.
  const nobody = filter.endsWith('=') ? randomUUID() : '';
  const from = performance.now();
  const { status } = await new HttpClient(system).send(
    'GET',
    `/v1/tenants/${tenant}/audit-log?limit=100${filter}${nobody}`,
  );
  if (status !== 200) throw new Error(`the audit log answered ${status}`);
  return performance.now() - from;
}

/**
 * Fills the view's table with copies of one real, sealed entry under new ids, by a thousand actors, and then writes a page and
 * more for real: what a page shows must be entries that open.
 */
async function grow(system: System, tenant: string, entries: number): Promise<void> {
  const http = new HttpClient(system);
  const write = (n: number): Promise<unknown> =>
    must(http, 'PATCH', `/v1/tenants/${tenant}`, { legalName: `Grown ${n} Ltd` });
  const holds = async (size: number): Promise<boolean> => {
    const [log] = await query<{ size: string }>(
      system,
      'SELECT size FROM audit_log_v1.log WHERE tenant_id = $1',
      [tenant],
    );
    return Number(log?.size) >= size;
  };
  await write(0);
  await until('two entries are in the view', 120_000, () => holds(2));
  await query(
    system,
    `INSERT INTO audit_log_v1.entry
     SELECT e.tenant_id, n, gen_random_uuid(), e.type, e.outcome, e.actor_kind,
       ('00000000-0000-4000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid, e.target_kind, e.target_id,
       e.occurred_at, e.recorded_at, e.seen_at, e.leaf, e.entry, e.metadata
     FROM audit_log_v1.entry e, generate_series(2, $2::bigint - 1) n
     WHERE e.tenant_id = $1 AND e.index = 1`,
    [tenant, entries - SHOWN],
  );
  await query(system, 'UPDATE audit_log_v1.log SET size = $2 WHERE tenant_id = $1', [
    tenant,
    entries - SHOWN,
  ]);
  for (let n = 1; n <= SHOWN; n++) await write(n);
  await until('the newest are in the view', 120_000, () => holds(entries));
}
