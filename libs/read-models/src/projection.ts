import type { Recorded } from '@candor/domain';
import type { Entry, StoredEvent } from '@candor/event-store';
import type { Sql } from './sql.js';

/** One event of a batch, decoded once for every view of the group. */
export interface BatchEvent {
  readonly position: bigint;
  readonly stored: StoredEvent;
  /** The raw entry: never missing, whatever its type. */
  readonly entry: Entry;
  /**
   * The event in its newest schema, personal fields withheld; undefined for a type this build does not know.
   * @throws NewerSchema when the type is known and the schema is not
   */
  recorded(): Recorded | undefined;
}

/** A view, or whatever else is built from the log by following it. */
export interface Projection {
  /** Checkpoint key, with the partition, and the schema of its tables. Changing it means a rebuild from position zero. */
  readonly name: string;
  /** Events that cannot change this view are not handed to it. */
  readonly concerns: (event: BatchEvent) => boolean;
  /**
   * One batch, never empty, in the order of `$all`. Runs inside the runner's transaction. MUST be idempotent per event
   * id, and MUST have sent every statement when it settles, also when it fails: what follows is no longer its
   * transaction. Throwing stops the view at the batch before.
   */
  readonly apply: (events: readonly BatchEvent[], sql: Sql) => Promise<void>;
}
