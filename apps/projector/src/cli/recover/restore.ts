import { equalBytes, type Frontier } from '@candor/crypto';
import type { Epoch } from '@candor/crypto/tlog';
import type { LogOrigin } from '@candor/read-models';
import { originKey } from '../verify/trees.js';
import { Appender, restoredFrom } from './appender.js';
import { Bookkeeper, type BookkeeperParts } from './bookkeeper.js';
import type { LogPlan } from './log-plan.js';
import { type Plan, sharedOrder } from './plan.js';
import { RecoveryFault, SHARED_STREAM, type SourceHead } from './source.js';
import { continued, originOf, type Survey } from './survey.js';

export interface RestoreParts extends BookkeeperParts {
  /** Told of how many entries were appended. */
  readonly progress: (entries: number) => void;
}

/** What was appended, and what could not be. */
export interface Restoration {
  readonly entries: number;
  /** Entries whose personal values no source had. */
  readonly unsealed: number;
  readonly checkpoints: number;
  readonly epochs: number;
  /** The first epoch that the heads known do not lead to; null: there is none. */
  readonly stuck: number | null;
}

/**
 * Appends what the store lacks: of each log its entries in their order, byte for byte, as far as an epoch counted them, then the
 * heads and the epoch itself, so that everything stands where readers look for it. What was appended is found again by the next
 * survey: a recovery that was cut off is begun again with the same sources.
 * @throws RecoveryFault; LogUnavailable
 */
export async function restore(survey: Survey, plan: Plan, parts: RestoreParts): Promise<Restoration> {
  return new Restoring(survey, plan, parts).run();
}

class Restoring {
  private readonly appender: Appender;
  private readonly books: Bookkeeper;
  private readonly logs: readonly GrowingLog[];
  private readonly byKey: ReadonlyMap<string, GrowingLog>;
  private readonly recorded: number;
  /** Entries of the shared stream that are still to come, in its order. */
  private readonly turns: ReturnType<typeof sharedOrder>[number][];
  private entries = 0;
  private unsealed = 0;
  private checkpoints = 0;

  constructor(
    survey: Survey,
    private readonly plan: Plan,
    private readonly parts: RestoreParts,
  ) {
    this.appender = new Appender(parts.log);
    this.books = new Bookkeeper(parts, survey);
    this.recorded = this.books.epochs;
    this.turns = [...sharedOrder(plan.logs)];
    this.logs = plan.logs.map((one) => ({
      plan: one,
      tree: continued(survey.trees.get(originKey(one))),
      heads: [...one.heads],
      roots: new Map(one.heads.filter(({ led }) => led).map(({ size, root }) => [size, root])),
    }));
    this.byKey = new Map(this.logs.map((one) => [originKey(one.plan), one]));
  }

  async run(): Promise<Restoration> {
    const { epochs, notes } = this.plan.anchor;
    let stuck: number | null = null;
    for (const epoch of epochs.slice(this.recorded)) {
      if (await this.epoch(epoch)) continue;
      stuck = epoch.epoch;
      break;
    }
    // A head beyond an epoch that is still to come would be counted by it.
    for (const log of this.logs) await this.bringTo(log, endOf(log), stuck === null);
    for (const [epoch, note] of notes) if (epoch < this.books.epochs) await this.books.note(epoch, note);
    const { entries, unsealed, checkpoints, books, recorded } = this;
    return { entries, unsealed, checkpoints, epochs: books.epochs - recorded, stuck };
  }

  /** @returns whether it was recorded */
  private async epoch(epoch: Epoch): Promise<boolean> {
    const due = this.logs.flatMap((log) => {
      const head = log.heads.findLast((one) => one.epoch !== null && one.epoch <= epoch.epoch);
      return head === undefined ? [] : [{ log, head }];
    });
    for (const { log, head } of due) await this.bringTo(log, head.size, false);
    const more = due.map(({ log: { plan }, head: { size, root } }) => ({
      log: plan.log,
      succession: plan.succession,
      size,
      root,
    }));
    if (!(await this.books.reproduces(epoch, more))) return false;
    for (const { log, head } of due) await this.record(log, head.size);
    await this.books.epoch(epoch);
    return true;
  }

  /** Appends entries up to a size, and records the heads among them. */
  private async bringTo(log: GrowingLog, size: number, record: boolean): Promise<void> {
    const { parts, slot } = log.plan;
    const before = this.before(log);
    // Of an origin that ended nothing is appended any more once its successor has begun.
    if (before !== undefined) await this.bringTo(before, endOf(before), true);
    // As it was: a log has its slot before its entry 0 names it.
    if (!this.books.hasSlot(log.plan.log)) await this.books.slot(log.plan.log, slot);
    for (const { source, to } of parts) {
      const end = Math.min(to, size);
      if (log.tree.size < end) await this.append(log, source.entries(log.tree.size, end), end);
    }
    await this.appender.flush();
    if (record) await this.record(log, size);
  }

  /** The origin of the same log before it. */
  private before({ plan: { log, succession } }: GrowingLog): GrowingLog | undefined {
    return succession === 0 ? undefined : this.byKey.get(originKey({ log, succession: succession - 1 }));
  }

  private async append(
    { plan: { log, succession }, tree, roots }: GrowingLog,
    entries: ReturnType<LogPlan['parts'][number]['source']['entries']>,
    end: number,
  ): Promise<void> {
    for await (const entry of entries) {
      const { event, stream, leaf, body, unsealed } = restoredFrom(log, tree.size, entry);
      if (tree.size === 0) this.begin({ log, succession }, event.data, body);
      tree.append(leaf);
      const root = roots.get(tree.size);
      if (root !== undefined && !equalBytes(root, tree.root()))
        throw new RecoveryFault(
          `Entries of log ${log} do not lead to its head of size ${tree.size} any more.`,
        );
      if (stream === SHARED_STREAM) await this.waitForTurn({ log, succession }, tree.size - 1);
      await this.appender.add(stream, event);
      if (unsealed) this.unsealed += 1;
      this.entries += 1;
      if (this.entries % 1_000 === 0) this.parts.progress(this.entries);
    }
    await this.appender.flush();
    if (tree.size !== end) throw new RecoveryFault(`Entry ${tree.size} of log ${log} is not there any more.`);
  }

  /** Brings other logs so far that everything before this entry is in the shared stream. */
  private async waitForTurn({ log, succession }: LogOrigin, index: number): Promise<void> {
    for (let turn = this.turns[0]; turn !== undefined; turn = this.turns[0]) {
      const { log: whose, index: place } = turn;
      if (whose === log && turn.succession === succession && place === index) {
        this.turns.shift();
        return;
      }
      const other = this.byKey.get(originKey(turn));
      if (other === undefined || whose === log) return;
      await this.bringTo(other, place + 1, false);
    }
  }

  private begin(origin: LogOrigin, data: Uint8Array, body: object): void {
    const name = originOf(data, body);
    if (name !== undefined) this.books.knowOrigin(origin, name);
  }

  private async record(log: GrowingLog, size: number): Promise<void> {
    while ((log.heads[0]?.size ?? Infinity) <= size) {
      const [head] = log.heads.splice(0, 1);
      if (head === undefined) return;
      await this.books.checkpoint(log.plan, head);
      this.checkpoints += 1;
    }
  }
}

interface GrowingLog {
  readonly plan: LogPlan;
  readonly tree: Frontier;
  /** Not recorded yet, ascending. */
  readonly heads: SourceHead[];
  /** Of those heads that entries lead to, by size. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
}

/** With the heads that are given up, which are beyond its entries. */
const endOf = ({ plan }: GrowingLog): number => Math.max(plan.gets, plan.heads.at(-1)?.size ?? 0);
