import { Inject, Injectable } from '@nestjs/common';
import { originsOf } from '@candor/checkpoints';
import type { Uuid } from '@candor/domain';
import type { EventLog } from '@candor/event-store';
import { Problem } from '../edge/problem/problem.js';
import { CLOCK, type Clock, LOG } from '../ports.js';

const KNOWN_AT_MOST = 100_000;
/** How long the name of a log is taken for its name: a log that cannot be repaired gets another (formats v1 §4.5). */
const NAME_HOLDS = 60_000;

interface Named {
  readonly origin: string;
  readonly at: number;
}

/** Which tenants exist, and what their logs are called. A tenant exists once its log has its first entry, and for ever after. */
@Injectable()
export class TenantDirectory {
  private readonly known = new Set<Uuid>();
  private readonly named = new Map<Uuid, Named>();

  constructor(
    @Inject(LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

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

  /**
   * The tenant exists, and its log's name is known: whoever is to answer with a receipt asks before anything is stored.
   * @throws Problem `tenant.unknown`; CorruptEntry when the log's first entry cannot be read; LogUnavailable
   */
  async requireNamed(tenant: Uuid): Promise<void> {
    await this.require(tenant);
    const named = this.named.get(tenant);
    if (named === undefined || Math.abs(this.clock() - named.at) > NAME_HOLDS) await this.name(tenant, named);
  }

  /** The name of a tenant's log (formats v1 §1.7). After `requireNamed` it asks nobody. @throws as `requireNamed` */
  async originOf(tenant: Uuid): Promise<string> {
    return this.named.get(tenant)?.origin ?? (await this.name(tenant));
  }

  /** @param known what it was called: its own first entry never changes, only a successor's may have come */
  private async name(tenant: Uuid, known?: Named): Promise<string> {
    const among = known === undefined ? (['tenant', 'succession'] as const) : (['succession'] as const);
    const origin = (await originsOf(this.log, tenant, among)).at(-1) ?? known?.origin;
    if (origin === undefined) throw Problem.of('tenant.unknown');
    this.named.delete(tenant);
    this.named.set(tenant, { origin, at: this.clock() });
    for (const oldest of this.named.keys()) {
      if (this.named.size <= KNOWN_AT_MOST) break;
      this.named.delete(oldest);
    }
    return origin;
  }
}
