import type { ActorKind, Timestamp, Uuid } from '../kernel/entry.js';
import type { Level, Scope } from './vocabulary.js';

/** All to `grant-<id>`. */

/** Requested, approved and activated in one, by the entry's actor. */
export interface GrantAccess {
  readonly kind: 'grant-access';
  readonly at: Timestamp;
  /** The stream's id. */
  readonly grant: Uuid;
  /** A user's id is the subject's in this log. */
  readonly grantee: { readonly kind: ActorKind; readonly id: Uuid; readonly name: string | null };
  /** Whether the grantee is a member of the tenant, invited and not deactivated: looked up before. Asked of users only. */
  readonly granteeIsMember: boolean;
  readonly level: Level;
  readonly scope: Scope;
  /** Within five minutes of `at`; usable from the later of the two. */
  readonly from: Timestamp;
  /** After both, and at most 366 days after `from`. */
  readonly until: Timestamp;
  readonly statement: string | null;
  /** What it is for, a code: the same as the context's `reason.code`. */
  readonly reason: string;
  /** For whom the actor approves. */
  readonly side: 'tenant' | 'operator';
}

export interface RevokeGrant {
  readonly kind: 'revoke-grant';
  readonly at: Timestamp;
}

/** From the reactor that watches the time; accepted without events when the grant is over already. */
export interface ExpireGrant {
  readonly kind: 'expire-grant';
  readonly at: Timestamp;
}

export type GrantCommand = GrantAccess | RevokeGrant | ExpireGrant;
