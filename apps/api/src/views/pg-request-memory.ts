import { type Pool, rememberRequests } from '@candor/read-models';
import type { RememberedRequest, RequestMemory, Seen } from '../edge/idempotency/request-memory.js';

export class PgRequestMemory implements RequestMemory {
  constructor(private readonly pool: Pool) {}

  remember(requests: readonly RememberedRequest[]): Promise<readonly Seen[]> {
    return rememberRequests(this.pool, requests);
  }
}
