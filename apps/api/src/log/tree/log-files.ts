import type { PlacedHead } from '@candor/checkpoints';
import type { Uuid } from '@candor/domain';
import type { Erasers, LogEntry, LogOrigin } from '@candor/read-models';

/** How sure an entry is by now, rising (formats v1 §6). */
export type EntryState = 'recorded' | 'checkpointed' | 'anchored' | 'self-witnessed' | 'witnessed';

/** One of the origins a log has had (formats v1 §4.5), as it was when it was asked for. */
export interface OriginPart extends LogOrigin {
  /** How many entries the log has in the origins before it: an entry's index added, its place among all of the log. */
  readonly start: number;
  /** Whether it has a successor: nothing is added to it any more. */
  readonly ended: boolean;
  /** Size of the checkpoint that was given up when it ended, as its successor declares; 0 of the present one. */
  readonly givenUp: number;
}

/** What there is of an origin. */
export interface Extent {
  readonly size: number;
  /** As it is now. */
  readonly ended: boolean;
  /**
   * What proves its entries: of one that ended the newest that they still have, which may cover fewer than there are;
   * undefined where they have none.
   */
  readonly head: PlacedHead | undefined;
}

/** An origin as it is told of. */
export interface OriginFacts {
  readonly succession: number;
  /** Its name: `<operator>/t/<slot>-…` (formats v1 §1.7). */
  readonly origin: string;
  readonly start: number;
  /** Entries that there are. */
  readonly size: number;
  /** Of the newest checkpoint that may have been signed, null for none: of an origin that ended, the one that was given up. */
  readonly signed: number | null;
  /** Of the newest checkpoint that the entries still have. */
  readonly reproduced: number | null;
}

/** What proves a tenant's log: its heads, and the hashes between them and an entry. Each question is about one of its origins. */
export interface LogFiles {
  /** The present origin, or the one asked for; undefined where the log has no such origin. @throws ViewBehind */
  part(log: Uuid, succession?: number): Promise<OriginPart | undefined>;
  /** Every origin, the present one last. */
  origins(log: Uuid): Promise<readonly OriginFacts[]>;
  /** What an export holds. @throws as `head`, but for lost heads */
  extent(part: OriginPart): Promise<Extent>;
  /**
   * The newest recorded head; recorded now if the log has grown since. Of an origin that ended, the newest that its entries
   * still have.
   * @throws LogBehind, ViewBehind; Problem `checkpoint.lost` where they have none
   */
  head(part: OriginPart): Promise<PlacedHead>;
  /**
   * The recorded head of exactly this size; undefined where there is none.
   * @throws LogBehind when it is contradicted; of an origin that ended, Problem `checkpoint.lost` for what was given up
   */
  headOf(part: OriginPart, size: number): Promise<PlacedHead | undefined>;
  /**
   * The signed checkpoint of a recorded head.
   * @throws ViewBehind while the log's entry 0 is not in the view; LogBehind for a head that the event store does not have
   */
  note(head: PlacedHead): Promise<string>;
  /** Entries from an index up to and without another, as many as fit into `bytes`, one at least. */
  entries(of: LogOrigin, from: number, to: number, bytes: number): Promise<readonly LogEntry[]>;
  /** The subtree hashes of the first entries, left to right. */
  frontier(of: LogOrigin, size: number): Promise<readonly Uint8Array[]>;
  /** The log's orders of erasure, without those of the origin after its first `size` entries: they are not in what is shown. */
  erasers(of: LogOrigin, size: number): Promise<Erasers>;
  /** The path of a leaf in the tree of this size. */
  inclusion(of: LogOrigin, index: number, size: number): Promise<readonly Uint8Array[]>;
  /** That a tree begins with a smaller one; undefined where it is not that large. */
  consistency(of: LogOrigin, from: number, to: number): Promise<readonly Uint8Array[] | undefined>;
  /** With the size of the origin it was told from; undefined for an entry that is not there. */
  state(
    of: LogOrigin,
    index: number,
  ): Promise<{ readonly state: EntryState; readonly size: number } | undefined>;
}
