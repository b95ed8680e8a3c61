import { type EpochTree, equalBytes, FormatFault } from '@candor/crypto';
import { formatCheckpoint, headDigest, rootOfSlot, slotLeafWithKey } from '@candor/crypto/tlog';
import type { Uuid } from '@candor/domain';
import { type Epoch, epochs, type Head, inScope, ownPaths, type Pool } from '@candor/read-models';
import type { Asker, EpochSlots } from './epoch-slots.js';

/** Trees made for one answer: each takes all the slots of an epoch. */
const MADE = 16;

type Path = readonly Uint8Array[];

/** The paths from one log's slot to the roots of epochs: as they were kept, else of the epoch's tree, which keeps them. */
export class OwnPaths {
  constructor(
    private readonly pool: Pool,
    private readonly slots: EpochSlots,
    private readonly keys: EpochTree,
  ) {}

  /**
   * @param heads of the log, in the order of their epochs
   * @returns the paths of the first of them, at least of one: where few are kept, not of all
   * @throws Problem `service.busy`; LogBehind when the view does not give an epoch's root
   */
  async of(
    log: Uuid,
    heads: readonly { readonly epoch: number; readonly head: Head }[],
    asker: Asker,
  ): Promise<readonly Path[]> {
    if (heads.length === 0) return [];
    const [from, to] = [heads[0]?.epoch ?? 0, heads.at(-1)?.epoch ?? -1];
    const { kept, known } = await inScope(this.pool, { kind: 'tenant', tenant: log }, async (sql) => ({
      kept: await ownPaths(sql, log, from, to),
      known: new Map((await epochs(sql, from, to, to - from + 1)).map((epoch) => [epoch.epoch, epoch])),
    }));
    const paths: Path[] = [];
    let made = 0;
    for (const { epoch, head } of heads) {
      const path = kept.get(epoch);
      if (path !== undefined && this.leads(path, head, known.get(epoch))) paths.push(path);
      else if (made++ < MADE) paths.push(await this.made(epoch, head, known.get(epoch), asker));
      else break;
    }
    return paths;
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
    try {
      return equalBytes(rootOfSlot(head.slot, epoch.slots, leaf, path), epoch.root);
    } catch (fault) {
      if (fault instanceof FormatFault) return false;
      throw fault;
    }
  }
}
