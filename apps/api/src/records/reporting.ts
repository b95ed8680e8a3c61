import type { Timestamp, Uuid } from '@candor/domain';
import type { Principal } from '../edge/auth/principal.js';
import type { Verdict } from './verdict.js';

/** What is the same for all records taken in together. */
export interface Reporting {
  readonly principal: Principal;
  /** When they are taken in. */
  readonly at: Timestamp;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** One for each log, so that no log tells of another (formats v1 §1.5). */
  readonly correlation: (tenant: Uuid) => Uuid;
}

/** A record with its place among those that came with it. */
export interface Placed<Line> {
  readonly place: number;
  readonly tenant: Uuid;
  readonly line: Line;
}

export interface PlacedVerdict {
  readonly place: number;
  readonly verdict: Verdict;
}

/** Tenants whose keys and subjects are asked for at once: a batch may have as many tenants as lines. */
const TENANTS_AT_ONCE = 8;

/**
 * Readies records to be stored, tenant by tenant and some tenants at once; those of one tenant stay in their order. Where a
 * tenant's cannot be readied, they alone are told so.
 * @param ready makes the commands of one tenant's records, in order
 * @param fault the verdict on all of a tenant's where `ready` throws
 */
export async function readied<Line, Prepared>(
  items: readonly Placed<Line>[],
  ready: (tenant: Uuid, group: readonly Placed<Line>[]) => Promise<readonly Prepared[]>,
  fault: (error: unknown) => Verdict,
): Promise<{ readonly prepared: readonly Prepared[]; readonly verdicts: readonly PlacedVerdict[] }> {
  const prepared: Prepared[] = [];
  const verdicts: PlacedVerdict[] = [];
  const groups = Map.groupBy(items, ({ tenant }) => tenant);
  const work = async ([tenant, group]: readonly [Uuid, readonly Placed<Line>[]]): Promise<void> => {
    try {
      prepared.push(...(await ready(tenant, group)));
    } catch (error) {
      verdicts.push(...group.map(({ place }) => ({ place, verdict: fault(error) })));
    }
  };
  const waiting = groups.entries();
  const worker = async (): Promise<void> => {
    for (const next of waiting) await work(next);
  };
  await Promise.all(Array.from({ length: Math.min(TENANTS_AT_ONCE, groups.size) }, worker));
  return { prepared, verdicts };
}
