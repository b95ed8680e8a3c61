import type { PlacedHead } from '@candor/checkpoints';
import type { Uuid } from '@candor/domain';
import type { Erasures, LogEntry } from '@candor/read-models';

/** How sure an entry is by now, rising (formats v1 §6). */
export type EntryState = 'recorded' | 'checkpointed' | 'anchored' | 'self-witnessed' | 'witnessed';

/** What proves a tenant's log: its heads, and the hashes between them and an entry. */
export interface LogFiles {
  /**
   * The newest recorded head; recorded now if the log has grown since.
   * @throws LogBehind, ViewBehind
   */
  head(log: Uuid): Promise<PlacedHead>;
  /** The recorded head of exactly this size; undefined where there is none. @throws LogBehind when it is contradicted */
  headOf(log: Uuid, size: number): Promise<PlacedHead | undefined>;
  /**
   * The signed checkpoint of a recorded head.
   * @throws ViewBehind while the log's entry 0 is not in the view; LogBehind for a head that the event store does not have
   */
  note(log: Uuid, head: PlacedHead): Promise<string>;
  /** Entries from an index up to and without another, as many as fit into `bytes`, one at least. */
  entries(log: Uuid, from: number, to: number, bytes: number): Promise<readonly LogEntry[]>;
  /** The subtree hashes of the first entries, left to right. */
  frontier(log: Uuid, size: number): Promise<readonly Uint8Array[]>;
  /** What was erased in the log, and by which of its first `size` entries: a later one is not in what is shown. */
  erasures(log: Uuid, size: number): Promise<Erasures>;
  /** The path of a leaf in the tree of this size. */
  inclusion(log: Uuid, index: number, size: number): Promise<readonly Uint8Array[]>;
  /** That a tree begins with a smaller one; undefined where the log is not that large yet. */
  consistency(log: Uuid, from: number, to: number): Promise<readonly Uint8Array[] | undefined>;
  /** With the size of the log it was told from; undefined for an entry that is not there. */
  state(log: Uuid, index: number): Promise<{ readonly state: EntryState; readonly size: number } | undefined>;
}
