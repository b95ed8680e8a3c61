import { accessGrants } from './access-grants/projection.js';
import { accountHistory } from './account-history/projection.js';
import { anchor } from './anchor/projection.js';
import { auditLog } from './audit-log/projection.js';
import { deliveries } from './deliveries/projection.js';
import { erasures } from './erasures/projection.js';
import type { Projection } from './projection.js';
import { verifiableLog } from './verifiable-log/projection.js';

export interface ViewDefinition {
  /** Of its checkpoint and its schema. */
  readonly name: string;
  /** Where its SQL files stand. */
  readonly folder: string;
  /** The projection that writes to a schema made from these files. */
  readonly into: (schema: string) => Projection;
}

/** Every view, each in a schema of its own. */
export const views = [
  { name: 'audit_log_v1', folder: 'audit-log', into: auditLog },
  { name: 'verifiable_log_v1', folder: 'verifiable-log', into: verifiableLog },
  { name: 'account_history_v1', folder: 'account-history', into: accountHistory },
  { name: 'access_grants_v1', folder: 'access-grants', into: accessGrants },
  { name: 'deliveries_v1', folder: 'deliveries', into: deliveries },
  { name: 'erasures_v1', folder: 'erasures', into: erasures },
  { name: 'anchor_v1', folder: 'anchor', into: anchor },
] as const satisfies readonly ViewDefinition[];

export type View = (typeof views)[number]['name'];
