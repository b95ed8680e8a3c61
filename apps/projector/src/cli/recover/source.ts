import type { Epoch } from '@candor/crypto/tlog';
import type { LogOrigin } from '@candor/read-models';

/** A root of a log that a source proves or remembers. */
export interface SourceHead {
  /** The first epoch that counted it; null: none of those known. */
  readonly epoch: number | null;
  readonly size: number;
  readonly root: Uint8Array;
  /** False for where entries end that no checkpoint was recorded over yet. */
  readonly recorded: boolean;
}

/** An entry as it is to be appended again. */
export interface SourceEntry {
  /** The exact bytes. */
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** Entries of one of a log's origins, and heads that tell whether they are its entries (formats v1 §4.5). */
export interface LogSource extends LogOrigin {
  /** What people call it. */
  readonly name: string;
  readonly slot: number;
  /** In ascending order of size. */
  readonly heads: readonly SourceHead[];
  /** Heads that no entries lead to any more, as the entry 0 of the successor declares; in ascending order. */
  readonly lost: readonly SourceHead[];
  /** Entries from an index on, without `to`. Called with ascending indexes. */
  entries(from: number, to: number): AsyncIterable<SourceEntry>;
}

/** The one stream that entries of several logs share (formats v1 §3.5): the vault knows its order. */
export const SHARED_STREAM = 'keyerasures-all';

/** An entry of a log in the shared stream. */
export interface SharedEntry {
  readonly index: number;
  /** By the clock of who appended it. */
  readonly recordedAt: string;
}

/** What was anchored, from the first epoch on. */
export interface AnchorSource {
  readonly epochs: readonly Epoch[];
  /** Checkpoints of the anchor log that had their quorum, by epoch. */
  readonly notes: ReadonlyMap<number, string>;
}

/** What keeps a recovery from going on: one sentence for a person. */
export class RecoveryFault extends Error {
  override readonly name = 'RecoveryFault';
}
