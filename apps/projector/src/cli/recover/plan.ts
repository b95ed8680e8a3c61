import { equalBytes, type Frontier, leafHash } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import {
  type AnchorSource,
  type LogSource,
  RecoveryFault,
  SHARED_STREAM,
  type SharedEntry,
  type SourceHead,
} from './source.js';
import { checkExport, type ExportFile, type FileTrust } from './file-source.js';
import { continued, type Survey } from './survey.js';

/** Entries of one source that the store lacks. */
export interface Part {
  readonly source: LogSource;
  readonly from: number;
  readonly to: number;
}

/** What a log lacks, and gets. */
export interface LogPlan {
  readonly log: Uuid;
  readonly slot: number;
  /** How many entries the store has. */
  readonly has: number;
  /** How many it has afterwards. */
  readonly gets: number;
  readonly parts: readonly Part[];
  /** Heads that are not recorded in the store, ascending. */
  readonly heads: readonly SourceHead[];
  /** Those of its entries that stand in the shared stream, ascending. */
  readonly shared: readonly SharedEntry[];
}

export interface Plan {
  readonly logs: readonly LogPlan[];
  readonly anchor: AnchorSource;
}

export interface Sources {
  readonly views: { readonly logs: readonly LogSource[]; readonly anchor: AnchorSource };
  readonly files: readonly ExportFile[];
  readonly trust: FileTrust;
}

/**
 * Checks every source against the store, and says what each log gets: first what the database has, which keeps envelopes and
 * commands too, then what files have beyond that. Nothing is appended that leads to no head.
 * @throws RecoveryFault when a source contradicts the store, or is broken
 */
export async function planRecovery(survey: Survey, { views, files, trust }: Sources): Promise<Plan> {
  const plans = new Map<Uuid, Growing>();
  const recorded = new Map(survey.recorded.checkpoints.map(({ log, size }) => [log, size]));
  const of = (log: Uuid, slot: number): Growing => {
    const known = plans.get(log) ?? new Growing(log, slot, survey.trees, recorded.get(log) ?? 0);
    plans.set(log, known);
    return known;
  };
  for (const source of views.logs) await of(source.log, source.slot).takeView(source);
  let anchor = views.anchor;
  for (const one of [...files].sort((a, b) => a.header.size - b.header.size)) {
    const { log, header, file } = one;
    if (log === null) continue;
    const plan = of(log, header.slot);
    if (header.size < plan.tree.size) continue;
    if (header.from > plan.tree.size)
      throw new RecoveryFault(
        `${file} begins at entry ${header.from}, but there are ${plan.tree.size} before.`,
      );
    const source = await checkExport({ ...one, log }, plan.tree, trust);
    plan.take(source, source.tree, source.shared);
    const notes = new Map([...source.notes, ...anchor.notes]);
    anchor = { epochs: source.epochs.length > anchor.epochs.length ? source.epochs : anchor.epochs, notes };
  }
  return { logs: [...plans.values()].map((plan) => plan.done()).filter(isOfUse), anchor };
}

const isOfUse = ({ parts, heads }: LogPlan): boolean => parts.length > 0 || heads.length > 0;

/**
 * The order of entries in the shared stream: of each log as it is, of different logs by the times they were recorded at, since
 * their own order is in no proof.
 */
export function sharedOrder(
  plans: readonly LogPlan[],
): readonly { readonly log: Uuid; readonly index: number }[] {
  return plans
    .flatMap(({ log, shared }) => {
      let at = '';
      return shared.map(({ index, recordedAt }) => {
        at = recordedAt > at ? recordedAt : at;
        return { log, index, at };
      });
    })
    .sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
}

/** The plan of one log in the making. */
class Growing {
  tree: Frontier;
  private readonly parts: Part[] = [];
  private readonly shared: SharedEntry[] = [];
  private readonly heads = new Map<number, SourceHead>();
  private readonly has: number;

  constructor(
    private readonly log: Uuid,
    private readonly slot: number,
    trees: Survey['trees'],
    /** The size of the last head in the store. */
    private readonly recorded: number,
  ) {
    this.tree = continued(trees.get(log));
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
          `${source.name} has entries of log ${this.log} that do not lead to its head of size ${tree.size}.`,
        );
    }
    if (tree.size < end)
      throw new RecoveryFault(`${source.name} lacks entry ${tree.size} of log ${this.log}.`);
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
    for (const head of source.heads) {
      const known = this.heads.get(head.size);
      if (known === undefined || (known.epoch === null && head.epoch !== null))
        this.heads.set(head.size, head);
    }
  }

  done(): LogPlan {
    const { log, slot, has, parts, shared } = this;
    const heads = [...this.heads.values()]
      .filter(({ size, recorded }) => recorded && size > this.recorded)
      .sort((a, b) => a.size - b.size);
    return { log, slot, has, gets: parts.at(-1)?.to ?? has, parts, heads, shared };
  }
}
