import { equalBytes, type Frontier, leafHash } from '@candor/crypto';
import type { LogOrigin } from '@candor/read-models';
import { originKey } from '../verify/trees.js';
import { type LogSource, RecoveryFault, SHARED_STREAM, type SharedEntry, type SourceHead } from './source.js';
import { continued, type Survey } from './survey.js';

/** Entries of one source that the store lacks. */
export interface Part {
  readonly source: LogSource;
  readonly from: number;
  readonly to: number;
}

/** A head that is to be recorded. */
export interface PlannedHead extends SourceHead {
  /** Whether entries lead to it; false: they are declared lost. */
  readonly led: boolean;
}

/** What one of a log's origins lacks, and gets. */
export interface LogPlan extends LogOrigin {
  readonly slot: number;
  /** How many entries the store has. */
  readonly has: number;
  /** How many it has afterwards. */
  readonly gets: number;
  readonly parts: readonly Part[];
  /** Heads that are not recorded in the store, ascending. */
  readonly heads: readonly PlannedHead[];
  /** Those of its entries that stand in the shared stream, ascending. */
  readonly shared: readonly SharedEntry[];
}

/** What to do about a database that contradicts itself. */
const MENDED =
  'an entry or the head was changed there. Restore the database, or take a replica of the store (--from), and begin again.';

/** The plan of one origin in the making. */
export class Growing {
  tree: Frontier;
  private readonly parts: Part[] = [];
  private readonly shared: SharedEntry[] = [];
  private readonly heads = new Map<number, PlannedHead>();
  private readonly has: number;

  constructor(
    private readonly origin: LogOrigin,
    private readonly slot: number,
    trees: Survey['trees'],
    /** The size of the last head in the store. */
    private readonly recorded: number,
  ) {
    this.tree = continued(trees.get(originKey(origin)));
    this.has = this.tree.size;
  }

  /** Views are ours, and may have been changed all the same: their entries must lead to every head. */
  async takeView(source: LogSource): Promise<void> {
    const tree = continued(this.tree);
    const heads = source.heads.filter(({ size }) => size > tree.size);
    const roots = new Map(heads.map(({ size, root }) => [size, root]));
    const end = heads.at(-1)?.size ?? tree.size;
    const shared: SharedEntry[] = [];
    for await (const { data } of source.entries(tree.size, end)) {
      const { stream, recordedAt } = JSON.parse(Buffer.from(data).toString()) as Readonly<
        Record<string, string>
      >;
      if (stream === SHARED_STREAM && recordedAt !== undefined) shared.push({ index: tree.size, recordedAt });
      tree.append(leafHash(data));
      const root = roots.get(tree.size);
      if (root !== undefined && !equalBytes(root, tree.root()))
        throw new RecoveryFault(
          `${source.name} has entries of log ${originKey(this.origin)} that do not lead to its head of size ${tree.size}: ${MENDED}`,
        );
    }
    if (tree.size < end)
      throw new RecoveryFault(
        `${source.name} lacks entry ${tree.size} of log ${originKey(this.origin)}: ${MENDED}`,
      );
    this.take(source, tree, shared);
  }

  take(source: LogSource, tree: Frontier, shared: readonly SharedEntry[]): void {
    const to = source.heads.at(-1)?.size ?? 0;
    if (to > this.tree.size) {
      this.parts.push({ source, from: this.tree.size, to });
      this.shared.push(...shared.filter(({ index }) => index < to));
      // A source may give more than its last head proves.
      if (tree.size === to) this.tree = tree;
    }
    this.admit(source.heads, true);
    this.admit(source.lost, false);
  }

  /** The largest head that is declared lost. */
  get lost(): number {
    return Math.max(0, ...[...this.heads.values()].map(({ led, size }) => (led ? 0 : size)));
  }

  /** Takes heads with what their source knows of epochs. */
  admit(heads: readonly SourceHead[], led: boolean): void {
    for (const head of heads) {
      const known = this.heads.get(head.size);
      if (known === undefined || (known.epoch === null && head.epoch !== null))
        this.heads.set(head.size, { ...head, led });
    }
  }

  done(): LogPlan {
    const { origin, slot, has, parts, shared } = this;
    const heads = [...this.heads.values()]
      .filter(({ size, recorded }) => recorded && size > this.recorded)
      .sort((a, b) => a.size - b.size);
    return { ...origin, slot, has, gets: parts.at(-1)?.to ?? has, parts, heads, shared };
  }
}
