import { setImmediate } from 'node:timers/promises';
import { LogBehind } from '@candor/checkpoints';
import { type EpochTree, equalBytes } from '@candor/crypto';
import { nodeHash } from '@candor/crypto/tlog';
import { epochHeads, epochs, type Head, inScope, keepOwnPaths, type Pool } from '@candor/read-models';
import { BoundedCache } from '../edge/bounded-cache.js';
import { Semaphore } from '../edge/semaphore.js';

const HASH = 32;
/** Nodes made between two looks at what else there is to do: about a millisecond's work. */
const SLICE = 512;
/** Bytes of epochs that are kept: an epoch of 2^k slots has 2^(k + 6). */
const KEPT_BYTES = 32 * 1024 * 1024;

/**
 * Who asks: an anonymous one waits behind few, a tenant's proof does not wait behind them all, and an export, which was begun
 * and would be cut off, behind neither: few are in the making at once.
 */
export type Asker = 'public' | 'tenant' | 'export';
/** Epochs that may wait to be made for each. */
const MAY_WAIT: Readonly<Record<Asker, number>> = { public: 8, tenant: 64, export: 64 };

/** The tree over an epoch's slots: each level's hashes side by side, the leaves first. */
type Levels = readonly Buffer[];

/** The slots of epochs, made of the view and of K_slots when they are asked for: it takes a while, and never changes. */
export class EpochSlots {
  private readonly kept = new BoundedCache<Levels>(KEPT_BYTES, bytesOf);
  private readonly making = new Map<string, Promise<Levels | undefined>>();
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

  private levels(epoch: number, asker: Asker): Promise<Levels | undefined> {
    const known = this.kept.get(String(epoch));
    if (known !== undefined) return Promise.resolve(known);
    const name = `${asker}/${epoch}`;
    const running = this.making.get(name);
    if (running !== undefined) return running;
    const made = this.turns[asker]
      .run(async () => this.kept.get(String(epoch)) ?? this.make(epoch, asker))
      .finally(() => {
        this.making.delete(name);
      });
    this.making.set(name, made);
    return made;
  }

  private async make(epoch: number, asker: Asker): Promise<Levels | undefined> {
    const [found, heads] = await inScope(this.pool, { kind: 'platform' }, async (sql) => [
      (await epochs(sql, epoch, epoch, 1))[0],
      await epochHeads(sql, epoch),
    ]);
    if (found === undefined) return undefined;
    const levels = await levelsOver(await this.tree.leaves(epoch, found.slots, heads));
    if (!equalBytes(levels.at(-1) ?? new Uint8Array(), found.root))
      throw new LogBehind(`the heads that the view has do not give the root of epoch ${epoch}`);
    this.kept.put(String(epoch), levels);
    if (asker !== 'public') await this.keep(epoch, levels, heads);
    return levels;
  }

  /** The paths of all its logs, because the next one would need the whole tree again. Nobody unknown makes a table grow. */
  private async keep(epoch: number, levels: Levels, heads: readonly Head[]): Promise<void> {
    const paths = heads.map(({ log, slot }) => ({ log, path: pathIn(levels, slot) }));
    // What cannot be kept is made again: that is no reason to refuse what was made.
    await keepOwnPaths(this.pool, epoch, paths).catch(() => undefined);
  }
}

function pathIn(levels: Levels, slot: number): readonly Uint8Array[] {
  return levels.slice(0, -1).map((level, height) => {
    const sibling = (Math.floor(slot / 2 ** height) ^ 1) * HASH;
    return level.subarray(sibling, sibling + HASH);
  });
}

async function levelsOver(leaves: readonly Uint8Array[]): Promise<Levels> {
  const levels = [Buffer.concat(leaves)];
  for (let under = levels[0] ?? Buffer.of(); under.length > HASH;) {
    const level = Buffer.alloc(under.length / 2);
    for (let at = 0; at < level.length; at += HASH) {
      level.set(
        nodeHash(under.subarray(2 * at, 2 * at + HASH), under.subarray(2 * at + HASH, 2 * at + 2 * HASH)),
        at,
      );
      if ((at / HASH) % SLICE === SLICE - 1) await setImmediate();
    }
    levels.push(level);
    under = level;
  }
  return levels;
}

const bytesOf = (levels: Levels): number => levels.reduce((sum, { length }) => sum + length, 0);
