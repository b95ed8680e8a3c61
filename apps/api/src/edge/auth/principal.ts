import type { ActorKind, Uuid } from '@candor/domain';
import type { Permission } from './permissions.js';

/** Who makes a request, as an authenticator established it. */
export interface Principal {
  readonly kind: ActorKind;
  readonly id: Uuid;
  /** The only tenant it may reach; null reaches every tenant. */
  readonly tenant: Uuid | null;
  readonly permissions: 'all' | ReadonlySet<Permission>;
}

/** `<kind>:<id>`, as command ids are derived from it (formats v1 §1.6). */
export const principalName = (principal: Principal): string => `${principal.kind}:${principal.id}`;

export function isPermitted(principal: Principal, permission: Permission): boolean {
  return principal.permissions === 'all' || principal.permissions.has(permission);
}

/** Whether a tenant exists for this principal at all: to anyone bound to another one it does not. */
export function reaches(principal: Principal, tenant: Uuid): boolean {
  return principal.tenant === null || principal.tenant === tenant;
}
