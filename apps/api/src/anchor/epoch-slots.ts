import { LogBehind } from '@candor/checkpoints';
import { type EpochLevels, type EpochTree, equalBytes, halfLevel, pathIn } from '@candor/crypto';
import { epochHalves, epochHeads, epochs, inScope, keepEpochHalf, type Pool } from '@candor/read-models';
import { BoundedCache } from '../edge/bounded-cache.js';
import { Semaphore } from '../edge/semaphore.js';

/** Bytes of epochs that are kept: an epoch of 2^k slots has 2^(k + 6). */
const KEPT_BYTES = 32 * 1024 * 1024;

/**
 * Who asks: an anonymous one waits behind few, a tenant's proof does not wait behind them all, and an export, which was begun
 * and would be cut off, behind neither: few are in the making at once.
 */
export type Asker = 'public' | 'tenant' | 'export';
/** Epochs that may wait to be made for each. */
const MAY_WAIT: Readonly<Record<Asker, number>> = { public: 8, tenant: 64, export: 64 };

/** The slots of epochs, made of the view and of K_slots when they are asked for: it takes a while, and never changes. */
export class EpochSlots {
  private readonly kept = new BoundedCache<EpochLevels>(KEPT_BYTES, bytesOf);
  private readonly making = new Map<string, Promise<EpochLevels | undefined>>();
  private readonly turns: Readonly<Record<Asker, Semaphore>> = {
    public: new Semaphore(1, MAY_WAIT.public),
    tenant: new Semaphore(1, MAY_WAIT.tenant),
    export: new Semaphore(1, MAY_WAIT.export),
  };

  constructor(
    private readonly pool: Pool,
    private readonly tree: EpochTree,
  ) {}

  /**
   * The leaf hashes of all slots; undefined where there is no such epoch.
   * @throws Problem `service.busy`; LogBehind when the view does not give the epoch's root
   */
  async leaves(epoch: number, asker: Asker): Promise<Buffer | undefined> {
    return (await this.levels(epoch, asker))?.[0];
  }

  /** From a slot to the root, its sibling first. @throws as `leaves` */
  async path(epoch: number, slot: number, asker: Asker): Promise<readonly Uint8Array[]> {
    const levels = await this.levels(epoch, asker);
    if (levels === undefined) throw new Error(`there is no epoch ${epoch}`);
    return pathIn(levels, slot);
  }

  /** What is kept of an epoch turned out to be of another one of its number. */
  forget(epoch: number): void {
    this.kept.drop(String(epoch));
  }

  private levels(epoch: number, asker: Asker): Promise<EpochLevels | undefined> {
    const known = this.kept.get(String(epoch));
    if (known !== undefined) return Promise.resolve(known);
    const name = `${asker}/${epoch}`;
    const running = this.making.get(name);
    if (running !== undefined) return running;
    const made = this.turns[asker]
      .run(async () => this.kept.get(String(epoch)) ?? this.make(epoch))
      .finally(() => {
        this.making.delete(name);
      });
    this.making.set(name, made);
    return made;
  }

  private async make(epoch: number): Promise<EpochLevels | undefined> {
    const [found, heads, kept] = await inScope(this.pool, { kind: 'platform' }, async (sql) => [
      (await epochs(sql, epoch, epoch, 1))[0],
      await epochHeads(sql, epoch),
      (await epochHalves(sql, epoch, epoch)).get(epoch),
    ]);
    if (found === undefined) return undefined;
    const levels = await this.tree.levels(epoch, found.slots, heads);
    if (!equalBytes(levels.at(-1) ?? new Uint8Array(), found.root))
      throw new LogBehind(`the heads that the view has do not give the root of epoch ${epoch}`);
    this.kept.put(String(epoch), levels);
    const half = levels[halfLevel(found.slots)] ?? new Uint8Array();
    if (kept === undefined || !equalBytes(kept, half)) await this.keep(epoch, half);
    return levels;
  }

  /** What spares the next one the whole tree. What cannot be kept is made again: no reason to refuse what was made. */
  private async keep(epoch: number, half: Uint8Array): Promise<void> {
    await keepEpochHalf(this.pool, epoch, half).catch(() => undefined);
  }
}

const bytesOf = (levels: EpochLevels): number => levels.reduce((sum, { length }) => sum + length, 0);
