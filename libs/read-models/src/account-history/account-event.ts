import type { MemberEvent, TenantEvent } from '@candor/domain';
import type { Placed } from '../heads.js';

/** An event of the account, in its newest form, with its place in the tenant's history. */
export interface AccountEvent extends Placed {
  readonly fact: TenantEvent | MemberEvent;
}

export type AccountEventOf<Fact> = AccountEvent & { readonly fact: Fact };
