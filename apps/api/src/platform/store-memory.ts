import type { Uuid } from '@candor/domain';

/** Which event store a database belongs to: kept so that a store that was reset is never followed silently. */
export interface StoreMemory {
  recall(): Promise<Uuid | undefined>;
  /** Keeps the store's id unless one is kept already; answers the one that is kept. */
  remember(store: Uuid): Promise<Uuid>;
}

/** For tests. */
export class InMemoryStoreMemory implements StoreMemory {
  private kept: Uuid | undefined;

  recall(): Promise<Uuid | undefined> {
    return Promise.resolve(this.kept);
  }

  remember(store: Uuid): Promise<Uuid> {
    this.kept ??= store;
    return Promise.resolve(this.kept);
  }
}
