import { EpochTree } from '@candor/crypto';
import { type EntriesTile, formatEpoch, type Tile, TILE_WIDTH, tileNodes } from '@candor/crypto/tlog';
import {
  anchorHashes,
  epochHeads,
  epochs,
  inScope,
  noteOfEpoch,
  type Pool,
  publishedNote,
  type Sql,
} from '@candor/read-models';
import type { AnchorFiles } from './anchor-files.js';

/** Epochs whose slots are kept, and how many bytes of them at most: whoever asks for old ones makes work, and no heap. */
const KEPT_EPOCHS = 16;
const KEPT_BYTES = 64 * 1024 * 1024;

/** The anchor log's files, made of the view and of K_slots. */
export class PgAnchorFiles implements AnchorFiles {
  private readonly kept = new Map<number, Buffer>();
  /** One epoch's slots are made at a time: it takes a core. */
  private making: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly tree: EpochTree,
  ) {}

  published() {
    return this.inPlatform(publishedNote);
  }

  hashes(tile: Tile) {
    return this.inPlatform(async (sql) => Buffer.concat(await anchorHashes(sql)(tileNodes(tile))));
  }

  async entries({ index, width }: EntriesTile): Promise<Buffer> {
    const first = index * TILE_WIDTH;
    const found = await this.inPlatform((sql) => epochs(sql, first, first + width - 1, width));
    return Buffer.concat(
      found.flatMap((epoch) => {
        const text = Buffer.from(formatEpoch(epoch));
        const length = Buffer.alloc(2);
        length.writeUInt16BE(text.length);
        return [length, text];
      }),
    );
  }

  noteOf(epoch: number) {
    return this.inPlatform((sql) => noteOfEpoch(sql, epoch));
  }

  async slots(epoch: number): Promise<Buffer | undefined> {
    const known = this.kept.get(epoch);
    if (known !== undefined) return known;
    const made = this.making.then(() => this.kept.get(epoch) ?? this.make(epoch));
    this.making = made.catch(() => undefined);
    return made;
  }

  private async make(epoch: number): Promise<Buffer | undefined> {
    const [found, heads] = await this.inPlatform(async (sql) => [
      (await epochs(sql, epoch, epoch, 1))[0],
      await epochHeads(sql, epoch),
    ]);
    if (found === undefined) return undefined;
    const leaves = Buffer.concat(await this.tree.leaves(epoch, found.slots, heads));
    this.keep(epoch, leaves);
    return leaves;
  }

  private keep(epoch: number, leaves: Buffer): void {
    this.kept.set(epoch, leaves);
    const limit = Math.max(1, Math.min(KEPT_EPOCHS, Math.floor(KEPT_BYTES / leaves.length)));
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= limit) break;
      this.kept.delete(oldest);
    }
  }

  private inPlatform<T>(query: (sql: Sql) => Promise<T>): Promise<T> {
    return inScope(this.pool, { kind: 'platform' }, query);
  }
}
