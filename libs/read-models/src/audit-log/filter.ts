import type { EntryOutcome, Timestamp, Uuid } from '@candor/domain';

/** Each member narrows; absent or null does not. */
export interface AuditFilter {
  readonly actor?: Uuid | null;
  /** An event type (`access.grant-approved`), or all that start so (`access.` or `access.*`). */
  readonly action?: string | null;
  readonly target?: Uuid | null;
  readonly outcome?: EntryOutcome | null;
  /** Inclusive, of the time an entry was recorded. An entry recorded earlier than one before it counts as recorded with that one. */
  readonly from?: Timestamp | null;
  /** Exclusive. */
  readonly to?: Timestamp | null;
}

export type Order = 'newest' | 'oldest';
