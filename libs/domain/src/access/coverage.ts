import type { ActorKind, EntryOutcome, Timestamp, Uuid } from '../kernel/entry.js';
import type { MissingReason } from './access-events.js';
import { standing, type GrantTimes } from './grant-policy.js';
import { atLeast, leastLevel, type Level, type Operation, type Resource, type Scope } from './vocabulary.js';

/** A reported access, as its entry says. */
export interface AccessFacts {
  readonly actor: { readonly kind: ActorKind; readonly id: Uuid };
  readonly outcome: EntryOutcome;
  readonly occurredAt: Timestamp;
  readonly resource: Resource;
  readonly within: readonly Resource[];
  readonly operation: Operation;
  /** As reported; what a grant must reach is never less than the operation takes. */
  readonly level: Level;
  /** `authorization.grant` and `authorization.permission` of the entry. */
  readonly grant: Uuid | null;
  readonly permission: string | null;
}

/** An activated grant of the same tenant. */
export interface GrantFacts extends GrantTimes {
  readonly grant: Uuid;
  readonly grantee: { readonly kind: ActorKind; readonly id: Uuid };
  readonly level: Level;
  readonly scope: Scope;
}

export interface CoverageFacts {
  /** MUST hold the grant the access names, if the tenant has it, and else every grant of the actor. More does no harm. */
  readonly grants: readonly GrantFacts[];
  /** The actor is a user who was an active member of the tenant at `occurredAt`. */
  readonly wasMember: boolean;
}

/** The version of the rule that `coverage` applies: what was found is told with it, and a changed rule gets the next. */
export const COVERAGE_RULE = 1;

export type Coverage =
  | { readonly covered: true; readonly grant: Uuid | null }
  | { readonly covered: false; readonly missing: MissingReason; readonly grant: Uuid | null };

/**
 * Whether an access was covered, and if not, what was missing. The same facts give the same answer in whatever order
 * the grants come.
 *
 * Refused accesses are covered (nothing was seen), members without a named grant, and services with a named permission
 * and no grant. Otherwise a grant must be held by the actor, contain the resource, reach the level (the higher of the
 * reported one and what the operation takes at least) and be usable at that moment: the named one and no other, or any
 * of the actor's.
 *
 * What is missing is told of the grant that came nearest: the one that fails the latest of the checks grantee, scope,
 * level, time; among those the one that ended last (a revocation ends it), then the one with the smaller id.
 */
export function coverage(access: AccessFacts, { grants, wasMember }: CoverageFacts): Coverage {
  const { actor, grant: named } = access;
  if (access.outcome === 'refused') return covered(null);
  if (named === null) {
    if (actor.kind === 'user' && wasMember) return covered(null);
    if (actor.kind === 'service' && access.permission !== null) return covered(null);
  }
  const candidates = grants.filter((grant) =>
    named === null ? isHeldBy(grant, actor) : grant.grant === named,
  );
  const nearest = candidates.map((grant) => judge(grant, access)).sort(byNearness)[0];
  if (nearest === undefined)
    return { covered: false, missing: named === null ? 'no-grant' : 'unknown-grant', grant: named };
  const { grant } = nearest.grant;
  return nearest.missing === null ? covered(grant) : { covered: false, missing: nearest.missing, grant };
}

const covered = (grant: Uuid | null): Coverage => ({ covered: true, grant });

interface Judgement {
  readonly grant: GrantFacts;
  readonly missing: MissingReason | null;
  /** How many of the checks it passed. */
  readonly passed: number;
}

function judge(grant: GrantFacts, access: AccessFacts): Judgement {
  if (!isHeldBy(grant, access.actor)) return { grant, missing: 'other-grantee', passed: 0 };
  if (!contains(grant.scope, access)) return { grant, missing: 'outside-scope', passed: 1 };
  if (!atLeast(grant.level, neededLevel(access))) return { grant, missing: 'level-too-low', passed: 2 };
  const now = standing(grant, access.occurredAt);
  return now === 'usable' ? { grant, missing: null, passed: 4 } : { grant, missing: now, passed: 3 };
}

const neededLevel = ({ operation, level }: AccessFacts): Level =>
  atLeast(level, leastLevel[operation]) ? level : leastLevel[operation];

const isHeldBy = ({ grantee }: GrantFacts, actor: AccessFacts['actor']): boolean =>
  grantee.kind === actor.kind && grantee.id === actor.id;

const contains = (scope: Scope, { resource, within }: AccessFacts): boolean =>
  scope.kind === 'account' ||
  [resource, ...within].some(({ kind, id }) => kind === scope.kind && id === scope.id);

const byNearness = (a: Judgement, b: Judgement): number =>
  b.passed - a.passed || compare(endOf(b.grant), endOf(a.grant)) || compare(a.grant.grant, b.grant.grant);

const endOf = ({ until, revokedAt }: GrantTimes): Timestamp =>
  revokedAt !== null && revokedAt < until ? revokedAt : until;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
