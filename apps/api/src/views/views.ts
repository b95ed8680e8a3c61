import type { Uuid } from '@candor/domain';
import type {
  AuditPage,
  AuditQuery,
  AuditRow,
  DeliveryPage,
  DeliveryQuery,
  GrantPage,
  GrantQuery,
  HistoryPage,
  HistoryQuery,
  Member,
  Tenant,
  TenantPage,
} from '@candor/read-models';

/** The views as the API asks them. */
export const viewNames = {
  'audit-log': 'audit_log_v1',
  entry: 'audit_log_v1',
  history: 'account_history_v1',
  tenants: 'account_history_v1',
  grants: 'access_grants_v1',
  deliveries: 'deliveries_v1',
} as const;

export type View = keyof typeof viewNames;

/** An answer with the size of the log it was made from. */
export type Sized<T> = T & { readonly size: number };

/**
 * The port to the read models. Every method sees one moment of the database and, of that, only what its tenant's scope
 * shows.
 * @throws BadCursor; what pg throws when the database is away
 */
export interface Views {
  auditLog(query: AuditQuery): Promise<AuditPage>;
  entry(tenant: Uuid, id: Uuid): Promise<Sized<{ readonly row: AuditRow | undefined }>>;
  history(query: HistoryQuery): Promise<Sized<HistoryPage>>;
  grants(query: GrantQuery): Promise<Sized<GrantPage>>;
  deliveries(query: DeliveryQuery): Promise<Sized<DeliveryPage>>;
  tenants(
    page: { readonly cursor: string | null; readonly limit: number },
    platformLog: Uuid,
  ): Promise<Sized<TenantPage>>;
  tenant(
    tenant: Uuid,
  ): Promise<Sized<{ readonly found: Tenant | undefined; readonly members: readonly Member[] }>>;

  /**
   * Resolves when a view has passed a position, and at once without one.
   * @throws Problem `view.behind`, `view.failed`
   */
  ready(view: View, position: bigint | undefined): Promise<void>;
}
