import type { Timestamp, Uuid } from '@candor/domain';
import {
  type AuditQuery,
  countNaming,
  countSinks,
  type DeliveryQuery,
  entriesNaming,
  entryIndexes,
  type ErasureCategory,
  erasureFacts,
  exportsGiving,
  findEntry,
  findTenant,
  type GrantQuery,
  type HistoryQuery,
  holdsOf,
  inScope,
  isTold,
  listMembers,
  listTenants,
  logSize,
  type Named,
  ordersAfter,
  type Pool,
  queryAuditLog,
  queryDeliveries,
  queryGrants,
  queryHistory,
  readersOf,
  type SealingKey,
  type Sql,
  toldSinks,
  ViewBehind,
  ViewFailed,
  type ViewListener,
  waitForView,
} from '@candor/read-models';
import { Problem } from '../edge/problem/problem.js';
import { type View, viewNames, type Views } from './views.js';

/** How long a read waits for its position, in milliseconds. */
const WAIT = 5_000;

/** The read models in PostgreSQL, each question in one transaction under its scope. */
export class PgViews implements Views {
  constructor(
    private readonly pool: Pool,
    private readonly listener: ViewListener,
  ) {}

  auditLog(query: AuditQuery) {
    return this.inTenant(query.tenant, (sql) => queryAuditLog(sql, query));
  }

  entry(tenant: Uuid, id: Uuid) {
    return this.inTenant(tenant, async (sql) => {
      const found = await findEntry(sql, tenant, id);
      return { row: found?.row, size: found?.size ?? (await logSize(sql, tenant)) };
    });
  }

  history(query: HistoryQuery) {
    return this.inTenant(query.tenant, (sql) => sized(sql, query.tenant, queryHistory(sql, query)));
  }

  grants(query: GrantQuery) {
    return this.inTenant(query.tenant, (sql) => sized(sql, query.tenant, queryGrants(sql, query)));
  }

  deliveries(query: DeliveryQuery) {
    return this.inTenant(query.tenant, (sql) => sized(sql, query.tenant, queryDeliveries(sql, query)));
  }

  async tenants(page: { readonly cursor: string | null; readonly limit: number }, platformLog: Uuid) {
    const size = await this.inTenant(platformLog, (sql) => logSize(sql, platformLog));
    const found = await inScope(this.pool, { kind: 'platform' }, (sql) => listTenants(sql, page));
    return { ...found, size };
  }

  tenant(tenant: Uuid) {
    return this.inTenant(tenant, async (sql) => {
      const found = await findTenant(sql, tenant);
      const members = await listMembers(sql, tenant);
      return { found, members, size: await logSize(sql, tenant) };
    });
  }

  size(tenant: Uuid) {
    return this.inTenant(tenant, (sql) => logSize(sql, tenant));
  }

  erasureFacts(tenant: Uuid, category: ErasureCategory, id?: Uuid) {
    return this.inTenant(tenant, (sql) => erasureFacts(sql, tenant, category, id ?? null));
  }

  sizedErasureFacts(tenant: Uuid, category: ErasureCategory, id?: Uuid) {
    return this.inTenant(tenant, async (sql) => ({
      facts: await erasureFacts(sql, tenant, category, id ?? null),
      size: await logSize(sql, tenant),
    }));
  }

  holdsOf(tenant: Uuid, at: Timestamp) {
    return this.inTenant(tenant, (sql) => holdsOf(sql, tenant, at));
  }

  sinkFeed(
    tenant: Uuid,
    { sink, after, limit }: { readonly sink: Uuid; readonly after: Uuid | null; readonly limit: number },
  ) {
    return this.inTenant(tenant, async (sql) => {
      const orders = await ordersAfter(sql, tenant, after, limit);
      if (orders === undefined) return undefined;
      const told = after !== null && (await isTold(sql, tenant, sink, after));
      return { told, orders, size: await logSize(sql, tenant) };
    });
  }

  toldSinks(tenant: Uuid, erasure: Uuid) {
    return this.inTenant(tenant, (sql) => toldSinks(sql, tenant, erasure));
  }

  countSinks(tenant: Uuid) {
    return this.inTenant(tenant, (sql) => countSinks(sql, tenant));
  }

  countNaming(tenant: Uuid, named: Named, size?: number) {
    return this.inTenant(tenant, async (sql) =>
      countNaming(sql, tenant, size ?? (await logSize(sql, tenant)), named),
    );
  }

  exportsGiving(
    tenant: Uuid,
    of: { readonly keys: readonly SealingKey[]; readonly subjects: readonly Uuid[] },
  ) {
    return this.inTenant(tenant, (sql) => exportsGiving(sql, tenant, of));
  }

  readersOf(tenant: Uuid, of: { readonly keys: readonly SealingKey[]; readonly subjects: readonly Uuid[] }) {
    return this.inTenant(tenant, (sql) => readersOf(sql, tenant, of));
  }

  naming(tenant: Uuid, named: Named, span: { readonly from: number; readonly to: number }) {
    return this.inTenant(tenant, (sql) => entriesNaming(sql, tenant, span, named));
  }

  indexes(tenant: Uuid, events: readonly Uuid[]) {
    return this.inTenant(tenant, (sql) => entryIndexes(sql, tenant, events));
  }

  async ready(view: View, position: bigint | undefined): Promise<void> {
    const name = viewNames[view];
    if (this.listener.standing(name)?.state === 'failed') throw Problem.of('view.failed');
    if (position === undefined) return;
    try {
      await waitForView(this.listener, name, position, WAIT);
    } catch (error) {
      if (error instanceof ViewBehind) throw Problem.of('view.behind');
      if (error instanceof ViewFailed) throw Problem.of('view.failed');
      throw error;
    }
  }

  async level(view: View, other: View): Promise<void> {
    await this.ready(view, await this.placeOf(other));
  }

  /** How far a view is. While the database is away, and for a moment after, nobody knows: it is waited for. */
  private async placeOf(view: View): Promise<bigint | undefined> {
    const timeout = AbortSignal.timeout(WAIT);
    for (;;) {
      const standing = this.listener.standing(viewNames[view]);
      if (standing !== undefined) return standing.position ?? undefined;
      if (timeout.aborted) throw Problem.of('view.behind');
      await this.listener.changed(timeout);
    }
  }

  private inTenant<T>(tenant: Uuid, query: (sql: Sql) => Promise<T>): Promise<T> {
    return inScope(this.pool, { kind: 'tenant', tenant }, query);
  }
}

/** What is answered, with the size of the log at the same moment. */
async function sized<T>(sql: Sql, tenant: Uuid, answer: Promise<T>): Promise<T & { readonly size: number }> {
  return { ...(await answer), size: await logSize(sql, tenant) };
}
