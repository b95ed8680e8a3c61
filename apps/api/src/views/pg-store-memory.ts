import type { Uuid } from '@candor/domain';
import { keepStoreId, type Pool, storeId } from '@candor/read-models';
import type { StoreMemory } from '../platform/store-memory.js';

export class PgStoreMemory implements StoreMemory {
  constructor(private readonly pool: Pool) {}

  recall(): Promise<Uuid | undefined> {
    return storeId(this.pool);
  }

  remember(store: Uuid): Promise<Uuid> {
    return keepStoreId(this.pool, store);
  }
}
