import type { Timestamp, Uuid } from '@candor/domain';
import type {
  AuditPage,
  AuditQuery,
  AuditRow,
  DeliveryPage,
  DeliveryQuery,
  EntryIndex,
  ErasureCategory,
  ErasureFact,
  GivenExports,
  GrantPage,
  GrantQuery,
  HistoryPage,
  HistoryQuery,
  Member,
  Named,
  Readers,
  SealingKey,
  SinkOrder,
  StandingHolds,
  StoredEntry,
  Tenant,
  TenantPage,
  ToldSink,
} from '@candor/read-models';

export type { Named };

/** The views as the API asks them. */
export const viewNames = {
  'audit-log': 'audit_log_v1',
  entry: 'audit_log_v1',
  history: 'account_history_v1',
  tenants: 'account_history_v1',
  grants: 'access_grants_v1',
  deliveries: 'deliveries_v1',
  subjects: 'audit_log_v1',
  erasures: 'erasures_v1',
  holds: 'erasures_v1',
  sinks: 'erasures_v1',
  'subject-requests': 'erasures_v1',
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

  /** Entries of the log. */
  size(tenant: Uuid): Promise<number>;
  /** What is told of one erasure, hold, sink or request, or of all, in the log's order. */
  erasureFacts(tenant: Uuid, category: ErasureCategory, id?: Uuid): Promise<readonly ErasureFact[]>;
  /** The same, with the size of the log at that moment. */
  sizedErasureFacts(
    tenant: Uuid,
    category: ErasureCategory,
    id?: Uuid,
  ): Promise<Sized<{ readonly facts: readonly ErasureFact[] }>>;
  /** The holds that stand at a time. */
  holdsOf(tenant: Uuid, at: Timestamp): Promise<StandingHolds>;
  /** The orders after one that a sink has; undefined where the log has no such order. `told`: it is known that it has it. */
  sinkFeed(
    tenant: Uuid,
    asked: { readonly sink: Uuid; readonly after: Uuid | null; readonly limit: number },
  ): Promise<Sized<{ readonly told: boolean; readonly orders: readonly SinkOrder[] }> | undefined>;
  /** What sinks have done since an erasure was ordered. */
  toldSinks(tenant: Uuid, erasure: Uuid): Promise<readonly ToldSink[]>;
  countSinks(tenant: Uuid): Promise<number>;
  /** How many of the first `size` entries (of all, where not given) name these subjects or keys. */
  countNaming(tenant: Uuid, named: Named, size?: number): Promise<number>;
  /** Which exports gave out values that are sealed under these keys. */
  exportsGiving(
    tenant: Uuid,
    of: { readonly keys: readonly SealingKey[]; readonly subjects: readonly Uuid[] },
  ): Promise<GivenExports>;
  /** Who was shown or given entries with something sealed under these keys. */
  readersOf(
    tenant: Uuid,
    of: { readonly keys: readonly SealingKey[]; readonly subjects: readonly Uuid[] },
  ): Promise<Readers>;
  /** Those of a span, at most NAMING_SPAN long. */
  naming(
    tenant: Uuid,
    named: Named,
    span: { readonly from: number; readonly to: number },
  ): Promise<readonly (EntryIndex & { readonly stored: StoredEntry })[]>;
  /** Where entries stand in the log, of those that the view has. */
  indexes(tenant: Uuid, events: readonly Uuid[]): Promise<ReadonlyMap<Uuid, EntryIndex>>;

  /**
   * Resolves when a view has passed a position, and at once without one.
   * @throws Problem `view.behind`, `view.failed`
   */
  ready(view: View, position: bigint | undefined): Promise<void>;
  /**
   * Resolves when a view has passed what another has by now: what is looked up in both is of one moment then, at least.
   * @throws Problem as `ready`
   */
  level(view: View, other: View): Promise<void>;
}
