import type { PlacedHead } from '@candor/checkpoints';
import type { HeadLine, SlotProof } from '@candor/crypto/verify';
import type { Uuid } from '@candor/domain';

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

/** The part of the anchor log that concerns one tenant's log. */
export interface Anchoring {
  /** @throws ViewBehind while the log's entry 0 is not in the view */
  name(log: Uuid): Promise<LogName>;
  published(): Promise<Published | undefined>;
  /** By the first published epoch that covers the entry; undefined where there is none yet. */
  of(log: Uuid, index: number): Promise<Anchored | undefined>;
  /** The first epoch in which the log has so many entries. */
  firstEpoch(log: Uuid, size: number): Promise<number | undefined>;
  /** The texts of epochs, in order, some of them: both ends included. */
  texts(from: number, to: number): Promise<readonly { readonly e: number; readonly text: string }[]>;
  /** The log's heads in epochs, in order, some of them; the note is null where the head is the one before. */
  heads(log: Uuid, from: number, to: number, before: number | null): Promise<readonly LogHead[]>;
}
