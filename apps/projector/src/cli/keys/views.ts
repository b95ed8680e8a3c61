import type { Uuid } from '@candor/domain';
import {
  countNaming,
  erasureFacts,
  exportsGiving,
  holdsOf,
  logSize,
  type Pool,
  populationsGiving,
  type PreviewSources,
  together,
} from '@candor/read-models';
import type { VaultWithoutKeys } from '@candor/vault';

/** What is looked at, and never changed. */
export interface Looked {
  readonly vault: VaultWithoutKeys;
  /** As candor_projector, which sees every log. */
  readonly pool: Pool;
  /** Now. */
  readonly at: string;
}

export const sourcesOf = ({ vault, pool }: Looked): PreviewSources => ({
  livingKeys: (tenant, subjects) => vault.erasures.livingKeys(tenant, subjects),
  countNaming: async (tenant: Uuid, named) => countNaming(pool, tenant, await logSize(pool, tenant), named),
  erasureFacts: (tenant, category) => erasureFacts(pool, tenant, category),
  holdsOf: (tenant, at) => holdsOf(pool, tenant, at),
  exportsGiving: async (tenant, of) =>
    together([await exportsGiving(pool, tenant, of), await populationsGiving(pool, tenant, of.keys)]),
});
