import { setImmediate } from 'node:timers/promises';
import { type EpochTree, equalBytes, FormatFault, pathOfHalf, slotsBeside } from '@candor/crypto';
import { formatCheckpoint, headDigest, rootOfSlot, slotLeafWithKey } from '@candor/crypto/tlog';
import {
  type Epoch,
  epochHalves,
  epochs,
  type Head,
  headsInSlots,
  inScope,
  type Pool,
} from '@candor/read-models';
import type { Asker, EpochSlots } from './epoch-slots.js';

/** Trees made for one answer: each takes all the slots of an epoch. */
const MADE = 16;

type Path = readonly Uint8Array[];

/** An epoch, with what is kept of its tree, and the heads in some of its slots. */
interface Known {
  readonly epoch: Epoch;
  readonly half: Uint8Array | undefined;
  readonly heads: readonly Head[];
}

/**
 * The paths from one log's slot to the roots of epochs: made of what is kept at half the height of their trees and of the slots
 * beside the log's own (ADR 33); where nothing is kept, of the whole tree, which keeps it.
 */
export class OwnPaths {
  constructor(
    private readonly pool: Pool,
    private readonly slots: EpochSlots,
    private readonly keys: EpochTree,
  ) {}

  /**
   * @param heads of one log, in the order of their epochs
   * @returns the paths of the first of them, at least of one: where little is kept, not of all
   * @throws Problem `service.busy`; LogBehind when the view does not give an epoch's root
   */
  async of(
    heads: readonly { readonly epoch: number; readonly head: Head }[],
    asker: Asker,
  ): Promise<readonly Path[]> {
    const known = await this.known(heads);
    const paths: Path[] = [];
    let made = 0;
    for (const { epoch, head } of heads) {
      const path = await this.kept(head, known.get(epoch));
      if (path !== undefined) paths.push(path);
      else if (made++ < MADE) paths.push(await this.made(epoch, head, known.get(epoch)?.epoch, asker));
      else break;
    }
    return paths;
  }

  private async known(
    heads: readonly { readonly epoch: number; readonly head: Head }[],
  ): Promise<ReadonlyMap<number, Known>> {
    const [first, last] = [heads[0], heads.at(-1)];
    if (first === undefined || last === undefined) return new Map();
    const span = [first.epoch, last.epoch] as const;
    return inScope(this.pool, { kind: 'platform' }, async (sql) => {
      const found = await epochs(sql, ...span, last.epoch - first.epoch + 1);
      // As many as there are beside it in the largest of them.
      const [from, to] = slotsBeside(first.head.slot, found.at(-1)?.slots ?? 1);
      const [halves, beside] = await Promise.all([
        epochHalves(sql, ...span),
        headsInSlots(sql, span, [from, to - 1]),
      ]);
      const inEpoch = Map.groupBy(beside, ({ epoch }) => epoch);
      return new Map(
        found.map((epoch) => {
          const others = inEpoch.get(epoch.epoch) ?? [];
          const half = halves.get(epoch.epoch);
          return [epoch.epoch, { epoch, half, heads: others.map(({ head }) => head) }];
        }),
      );
    });
  }

  private async kept(head: Head, known: Known | undefined): Promise<Path | undefined> {
    if (known?.half === undefined) return undefined;
    const { epoch, half, heads } = known;
    const span = slotsBeside(head.slot, epoch.slots);
    const inside = heads.filter(({ slot }) => slot >= span[0] && slot < span[1]);
    // Less than a millisecond's work.
    await setImmediate();
    const beside = await this.keys.leavesIn(epoch.epoch, span, inside);
    const path = orNothing(() => pathOfHalf(head.slot, epoch.slots, half, beside));
    return path !== undefined && this.leads(path, head, epoch) ? path : undefined;
  }

  private async made(epoch: number, head: Head, found: Epoch | undefined, asker: Asker): Promise<Path> {
    const path = await this.slots.path(epoch, head.slot, asker);
    if (this.leads(path, head, found)) return path;
    // Where a store was set back, an epoch that nobody had cosigned is made anew, of other heads.
    this.slots.forget(epoch);
    return this.slots.path(epoch, head.slot, asker);
  }

  /** Whatever is kept is only taken where it is right. */
  private leads(path: Path, head: Head, epoch: Epoch | undefined): boolean {
    if (epoch === undefined) return false;
    const digest = headDigest(formatCheckpoint(head));
    const leaf = slotLeafWithKey(epoch.epoch, head.slot, this.keys.key(head.slot), digest);
    const root = orNothing(() => rootOfSlot(head.slot, epoch.slots, leaf, path));
    return root !== undefined && equalBytes(root, epoch.root);
  }
}

/** What is kept may be of another form than the tree has. */
function orNothing<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (fault) {
    if (fault instanceof FormatFault) return undefined;
    throw fault;
  }
}
