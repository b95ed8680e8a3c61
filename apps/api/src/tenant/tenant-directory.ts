import { Inject, Injectable } from '@nestjs/common';
import { type NamedOrigin, namedOrigins, NAMES_HOLD_MS } from '@candor/checkpoints';
import type { Uuid } from '@candor/domain';
import type { EventLog } from '@candor/event-store';
import { Problem } from '../edge/problem/problem.js';
import { CLOCK, type Clock, LOG } from '../ports.js';

const KNOWN_AT_MOST = 100_000;
/** How far the clocks of processes may be from one another, in milliseconds. */
const SLACK = 60_000;

interface Named {
  readonly origins: readonly NamedOrigin[];
  readonly at: number;
}

/** An entry as far as it tells which of its log's origins it belongs to. */
export interface EntryTime {
  /** At or after the entry's own, in `$all`. */
  readonly position: bigint;
  /** Of the entry: RFC 3339. */
  readonly recordedAt: string;
}

/** Which tenants exist, and what their logs are called. A tenant exists once its log has its first entry, and for ever after. */
@Injectable()
export class TenantDirectory {
  private readonly known = new Set<Uuid>();
  private readonly named = new Map<Uuid, Named>();
  /** Names that were read until then are read again. */
  private staleUntil = -Infinity;

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
    const holds =
      named !== undefined && named.at > this.staleUntil && Math.abs(this.clock() - named.at) <= NAMES_HOLD_MS;
    if (!holds) await this.name(tenant, named);
  }

  /**
   * Names may have changed: a write was refused because its log is behind, and what ends that may be a successor. A name that
   * was read before it is not given to what is written after it.
   */
  forgetNames(): void {
    this.staleUntil = this.clock();
  }

  /**
   * The name of the log that an entry of a tenant's belongs to (formats v1 §1.7, §4.5). After `requireNamed` it asks nobody.
   * @throws as `requireNamed`
   */
  async originOf(tenant: Uuid, entry: EntryTime): Promise<string> {
    const origins = this.named.get(tenant)?.origins ?? (await this.name(tenant));
    const recorded = Date.parse(entry.recordedAt) + SLACK;
    // What is told again may stand before the position, so its own time is asked too: writes are closed before a succession.
    const own = origins.findLast(
      ({ position, recordedAt }, n) => n === 0 || (position < entry.position && recordedAt <= recorded),
    );
    if (own === undefined) throw Problem.of('tenant.unknown');
    return own.origin;
  }

  /** @param known what it was called: its own first entry never changes, only a successor's may have come */
  private async name(tenant: Uuid, known?: Named): Promise<readonly NamedOrigin[]> {
    const at = this.clock();
    const first = known?.origins.slice(0, 1) ?? (await namedOrigins(this.log, tenant, ['tenant']));
    if (first.length === 0) throw Problem.of('tenant.unknown');
    const origins = [...first, ...(await namedOrigins(this.log, tenant, ['succession']))];
    this.named.delete(tenant);
    this.named.set(tenant, { origins, at });
    for (const oldest of this.named.keys()) {
      if (this.named.size <= KNOWN_AT_MOST) break;
      this.named.delete(oldest);
    }
    return origins;
  }
}
