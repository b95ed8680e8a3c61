import { Inject, Injectable } from '@nestjs/common';
import type { Uuid } from '@candor/domain';
import type { EventLog } from '@candor/event-store';
import { Problem } from '../edge/problem/problem.js';
import { LOG } from '../ports.js';

const KNOWN_AT_MOST = 100_000;

/** Which tenants exist. A tenant exists once its log has its first entry, and for ever after. */
@Injectable()
export class TenantDirectory {
  private readonly known = new Set<Uuid>();

  constructor(@Inject(LOG) private readonly log: EventLog) {}

  async exists(tenant: Uuid): Promise<boolean> {
    if (this.known.has(tenant)) return true;
    for await (const event of this.log.readStream(`tenant-${tenant}`, { limit: 1 })) {
      if (this.known.size >= KNOWN_AT_MOST) this.known.clear();
      this.known.add(tenant);
      return event.revision === 0n;
    }
    return false;
  }

  /** @throws Problem `tenant.unknown` */
  async require(tenant: Uuid): Promise<void> {
    if (!(await this.exists(tenant))) throw Problem.of('tenant.unknown');
  }
}
