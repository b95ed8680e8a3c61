import { type EntriesTile, formatEpoch, type Tile, TILE_WIDTH, tileNodes } from '@candor/crypto/tlog';
import {
  anchorHashes,
  epochs,
  inScope,
  noteOfEpoch,
  type Pool,
  publishedNote,
  type Sql,
} from '@candor/read-models';
import { BoundedCache } from '../edge/bounded-cache.js';
import { Semaphore } from '../edge/semaphore.js';
import type { AnchorFiles } from './anchor-files.js';
import type { EpochSlots } from './epoch-slots.js';

/** Bytes of files that are kept. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** Questions to the database at once, and how many may wait: what is public must not take the connections of tenants. */
const AT_ONCE = 2;
const MAY_WAIT = 64;
/** How long the newest checkpoint is taken for the newest, in milliseconds: clients keep it for longer. */
const NEWEST_HOLDS = 1_000;

type Published = Awaited<ReturnType<AnchorFiles['published']>>;

/** The anchor log's files, made of the view. What never changes is kept; the rest is asked for at a bounded rate. */
export class PgAnchorFiles implements AnchorFiles {
  private readonly kept = new BoundedCache<Buffer>(KEPT_BYTES, ({ length }) => length);
  private readonly gate = new Semaphore(AT_ONCE, MAY_WAIT);
  private newest: { readonly until: number; readonly note: Promise<Published> } | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly epochSlots: EpochSlots,
    /** Milliseconds, never stepping. */
    private readonly uptime: () => number = () => performance.now(),
  ) {}

  published(): Promise<Published> {
    if (this.newest !== undefined && this.uptime() < this.newest.until) return this.newest.note;
    const note = this.ask(publishedNote);
    const asked = { until: this.uptime() + NEWEST_HOLDS, note };
    this.newest = asked;
    note.catch(() => {
      if (this.newest === asked) this.newest = undefined;
    });
    return note;
  }

  hashes(tile: Tile): Promise<Buffer> {
    const { level, index, width } = tile;
    return this.file(`${level}/${index}/${width}`, async (sql) =>
      Buffer.concat(await anchorHashes(sql)(tileNodes(tile))),
    );
  }

  entries({ index, width }: EntriesTile): Promise<Buffer> {
    const first = index * TILE_WIDTH;
    return this.file(`entries/${index}/${width}`, async (sql) => {
      const found = await epochs(sql, first, first + width - 1, width);
      return Buffer.concat(found.flatMap((epoch) => withLength(Buffer.from(formatEpoch(epoch)))));
    });
  }

  async noteOf(epoch: number): Promise<string | undefined> {
    const note =
      this.kept.get(`note/${epoch}`)?.toString() ?? (await this.ask((sql) => noteOfEpoch(sql, epoch)));
    if (note !== undefined) this.kept.put(`note/${epoch}`, Buffer.from(note));
    return note;
  }

  slots(epoch: number): Promise<Buffer | undefined> {
    return this.epochSlots.leaves(epoch, 'public');
  }

  private async file(name: string, read: (sql: Sql) => Promise<Buffer>): Promise<Buffer> {
    const file = this.kept.get(name) ?? (await this.ask(read));
    this.kept.put(name, file);
    return file;
  }

  /** @throws Problem `service.busy` */
  private ask<T>(query: (sql: Sql) => Promise<T>): Promise<T> {
    return this.gate.run(() => inScope(this.pool, { kind: 'platform' }, query));
  }
}

/** u16 big-endian before it (c2sp.org/tlog-tiles). */
function withLength(text: Buffer): readonly Buffer[] {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return [length, text];
}
