import type { Timestamp, Uuid } from '../kernel/entry.js';
import type { MemberRole } from './members-events.js';

/** All to `members-<log>`: memberships and roles share one stream, so that the last owner can be kept. */

export interface InviteMember {
  readonly kind: 'invite-member';
  readonly at: Timestamp;
  /** The subject of `address` in this log, looked up before: one address is one user. */
  readonly user: Uuid;
  readonly role: MemberRole;
  readonly address: string;
  readonly name: string | null;
}

export interface ChangeMemberRole {
  readonly kind: 'change-member-role';
  readonly at: Timestamp;
  readonly user: Uuid;
  readonly role: MemberRole;
}

export interface DeactivateMember {
  readonly kind: 'deactivate-member';
  readonly at: Timestamp;
  readonly user: Uuid;
}

export type MemberCommand = InviteMember | ChangeMemberRole | DeactivateMember;
