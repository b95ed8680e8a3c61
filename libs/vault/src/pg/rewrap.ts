import { equalBytes, FormatFault } from '@candor/crypto';
import { UnknownLog, VaultUnavailable } from '@candor/event-store';
import { ATTEMPTS, type Database, ROWS_PER_STATEMENT } from './database.js';
import type { Generations } from './generations.js';
import {
  dataKeyTable,
  idOf,
  type Place,
  readWrapped,
  replaceWraps,
  type Rewrapped,
  secretTable,
  type WrappedRow,
  type WrappedTable,
} from './wrapped-table.js';
import type { WrappingKeys } from './wrapping-keys.js';

/** A row that does not open under the wrap it has: it can neither be re-wrapped nor read. */
export interface Damaged {
  readonly log: string;
  /** The id of a data key, or the name of a secret. */
  readonly name: string;
}

/** More than these are no accident of single rows. */
const MOST_DAMAGED = 1_000;

/**
 * Gives everything that is wrapped under a generation a wrap of the newest open one, a batch at a time. Every batch is
 * whole by itself: whoever begins again finds what is left. Others may write, erase and re-wrap at the same time.
 */
export class Rewrap {
  private damaged: Damaged[] = [];

  constructor(
    private readonly database: Database,
    private readonly generations: Generations,
    private readonly wrappingKeys: WrappingKeys,
    private readonly from: number,
    private readonly batchSize = ROWS_PER_STATEMENT,
  ) {}

  /**
   * @param progress told after each batch how many it re-wrapped
   * @returns what does not open, and so was left as it is
   * @throws VaultUnavailable: begin again later; nothing is lost
   */
  async run(progress: (count: number) => void, signal?: AbortSignal): Promise<readonly Damaged[]> {
    const damaged: Damaged[] = [];
    // Secrets first: without them nothing of a log works.
    for (const table of [secretTable, dataKeyTable]) {
      for (let stalled = 0; ;) {
        this.damaged = [];
        const { seen, count } = await this.pass(table, progress, signal);
        if (seen === this.damaged.length) break;
        // What was seen and not taken another one has taken, or the generation it was to go to was closed.
        stalled = count > 0 ? 0 : stalled + 1;
        if (stalled >= ATTEMPTS) throw new VaultUnavailable('re-wrapping does not get on');
      }
      damaged.push(...this.damaged);
    }
    return damaged;
  }

  /** Once through all that is left. */
  private async pass(table: WrappedTable, progress: (count: number) => void, signal?: AbortSignal) {
    let [seen, count] = [0, 0];
    let after: Place | undefined;
    for (;;) {
      signal?.throwIfAborted();
      const batch = await readWrapped(table, (sql, values) => this.database.rows(sql, values), {
        from: this.from,
        limit: this.batchSize,
        after,
      });
      if (batch.length === 0) return { seen, count };
      const taken = await this.generations.underCurrent((to) => this.replace(table, batch, to));
      if (taken === 0) this.generations.forget();
      seen += batch.length;
      count += taken ?? 0;
      after = batch.at(-1);
      progress(taken ?? 0);
    }
  }

  private async replace(table: WrappedTable, batch: readonly WrappedRow[], to: number): Promise<number> {
    const { from } = this;
    if (to <= from) throw new VaultUnavailable(`no later key generation than ${from} is open`);
    const news = await this.wrappingKeys.findOrMake(
      batch.map(({ log }) => log),
      to,
    );
    const keys = new Map<string, Uint8Array>();
    const rewrapped: Rewrapped[] = [];
    for (const [i, row] of batch.entries()) {
      const key = await this.open(table, row);
      if (key === undefined) continue;
      keys.set(idOf(row), key);
      rewrapped.push({ row, after: table.wrap(news[i] ?? new Uint8Array(), to, row, key) });
    }
    return this.database.transaction(async (rows) => {
      const stored = await replaceWraps(table, rows, { from, to }, rewrapped);
      for (const [i, row] of batch.entries()) {
        const [wrap, key] = [stored.get(idOf(row)), keys.get(idOf(row))];
        if (wrap === undefined || key === undefined) continue;
        // What does not open now must not replace what does.
        if (!equalBytes(table.unwrap(news[i] ?? new Uint8Array(), to, row, wrap), key))
          throw new Error('a key does not open as it was re-wrapped');
      }
      await rows('UPDATE vault.generation SET rewrapped = rewrapped + $2 WHERE g = $1', [from, stored.size]);
      return stored.size;
    });
  }

  /** @returns undefined for a row that is damaged, which is noted */
  private async open(table: WrappedTable, row: WrappedRow): Promise<Uint8Array | undefined> {
    try {
      const [wk = new Uint8Array()] = await this.wrappingKeys.find([{ log: row.log, g: this.from }]);
      return table.unwrap(wk, this.from, row, row.wrapped);
    } catch (error) {
      if (!(error instanceof FormatFault || error instanceof UnknownLog)) throw error;
      this.damaged.push({ log: row.log, name: row.name });
      if (this.damaged.length > MOST_DAMAGED) throw new Error('too many keys do not open', { cause: error });
      return undefined;
    }
  }
}
