import type { PlacedHead } from '@candor/checkpoints';
import type { HeadLine, SlotProof } from '@candor/crypto/verify';
import type { LogOrigin } from '@candor/read-models';

/** Who a log is in the anchor log. */
export interface LogName {
  readonly origin: string;
  readonly slot: number;
  /** K_slot, 32 bytes: opens this log's slot in every epoch. */
  readonly slotKey: Uint8Array;
}

/** How an entry is anchored: the log's head in an epoch, and the epoch in the anchor log. */
export interface Anchored {
  readonly head: PlacedHead;
  readonly slot: SlotProof;
  /** The text of the epoch. */
  readonly epoch: string;
  /** A tlog-proof of it, under a checkpoint with its quorum. */
  readonly anchor: string;
}

/** The newest checkpoint of the anchor log with its quorum. */
export interface Published {
  readonly epoch: number;
  readonly note: string;
}

/** A head of the log in an epoch, as exports write it, with its size. */
export type LogHead = Omit<HeadLine, 't'> & { readonly size: number };

/** The part of the anchor log that concerns one tenant's log; each question is about one of its origins. */
export interface Anchoring {
  /** @throws ViewBehind while the origin's entry 0 is not in the view */
  name(of: LogOrigin): Promise<LogName>;
  /** Undefined: nothing is published yet. */
  published(): Promise<Published | undefined>;
  /**
   * The newest that was published while an origin that ended was still counted, by a head of at most this size: the next ones
   * counted what is lost, or its successor.
   */
  publishedBefore(of: LogOrigin, size: number): Promise<Published | undefined>;
  /** By the first published epoch that covers the entry; undefined where there is none yet. */
  of(of: LogOrigin, index: number): Promise<Anchored | undefined>;
  /** The first epoch in which the origin has so many entries. */
  firstEpoch(of: LogOrigin, size: number): Promise<number | undefined>;
  /** The texts of epochs, in order, some of them: both ends included. */
  texts(from: number, to: number): Promise<readonly { readonly e: number; readonly text: string }[]>;
  /** The origin's heads in epochs, in order, some of them; the note is null where the head is the one before. */
  heads(of: LogOrigin, from: number, to: number, before: number | null): Promise<readonly LogHead[]>;
}
