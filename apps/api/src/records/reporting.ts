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

/** By tenant, in order. */
export function byTenant<Line>(items: readonly Placed<Line>[]): ReadonlyMap<Uuid, readonly Placed<Line>[]> {
  return Map.groupBy(items, ({ tenant }) => tenant);
}
