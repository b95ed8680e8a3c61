import type { EntriesTile, Tile } from '@candor/crypto/tlog';

/** The port to the anchor log's public files. */
export interface AnchorFiles {
  /** The newest checkpoint with its quorum, and the epoch it ends with. */
  published(): Promise<{ readonly epoch: number; readonly note: string } | undefined>;
  /** A tile of hashes that the published tree has. */
  hashes(tile: Tile): Promise<Buffer>;
  /** The texts of epochs, each with its length before it, u16 big-endian. */
  entries(tile: EntriesTile): Promise<Buffer>;
  /** The leaf hashes of an epoch's slots; undefined where there is no such epoch. */
  slots(epoch: number): Promise<Buffer | undefined>;
  /** The first checkpoint of size `epoch` + 1 that had its quorum. */
  noteOf(epoch: number): Promise<string | undefined>;
}
