import { setImmediate } from 'node:timers/promises';
import { type EpochLevels, levelsOver } from './epoch-levels.js';
import { formatCheckpoint } from './tlog/checkpoint.js';
import { merkleRoot } from './tlog/frontier.js';
import { slotKey } from './tlog/slot.js';
import { headDigest, NO_HEAD, slotLeafWithKey } from './tlog/slot-tree.js';

/** The head of a log that has a slot. */
export interface SlotHead {
  readonly slot: number;
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Leaves between two looks at what else there is to do: about a millisecond's work. */
const CHUNK = 256;

/**
 * The tree of an epoch for whoever holds K_slots: every slot has a leaf that only its key opens, used or not (formats v1
 * §5.2, §5.3). Slot keys are kept: 32 bytes for each slot of the largest epoch asked for.
 */
export class EpochTree {
  private readonly keys: Uint8Array[] = [];

  /** @param kSlots 32 bytes */
  constructor(private readonly kSlots: Uint8Array) {}

  /** K_slot[s]: what opens this slot in every epoch. */
  key(slot: number): Uint8Array {
    return slotKey(this.kSlots, slot);
  }

  /**
   * The leaf hashes of all slots, in order.
   * @param heads each in its slot, below `slots`
   * @throws FormatFault `number.range`, `checkpoint.malformed`
   */
  leaves(epoch: number, slots: number, heads: readonly SlotHead[]): Promise<Uint8Array[]> {
    return this.leavesIn(epoch, [0, slots], heads);
  }

  /** The same of the slots from one up to and without another. @param heads each in its slot, of those */
  async leavesIn(
    epoch: number,
    [from, to]: readonly [number, number],
    heads: readonly SlotHead[],
  ): Promise<Uint8Array[]> {
    const digests = new Map(heads.map((head) => [head.slot, headDigest(formatCheckpoint(head))]));
    if (digests.size !== heads.length || heads.some(({ slot }) => slot < from || slot >= to))
      throw new RangeError('each head has a slot of its own in the epoch');
    const leaves: Uint8Array[] = [];
    for (let slot = from; slot < to; slot++) {
      const key = (this.keys[slot] ??= this.key(slot));
      leaves.push(slotLeafWithKey(epoch, slot, key, digests.get(slot) ?? NO_HEAD));
      if ((slot - from) % CHUNK === CHUNK - 1) await setImmediate();
    }
    return leaves;
  }

  /** The whole tree of the epoch. @throws as `leaves` */
  async levels(epoch: number, slots: number, heads: readonly SlotHead[]): Promise<EpochLevels> {
    return levelsOver(await this.leaves(epoch, slots, heads));
  }

  /** The root of the epoch: 32 bytes. @throws as `leaves` */
  async root(epoch: number, slots: number, heads: readonly SlotHead[]): Promise<Uint8Array> {
    return merkleRoot(await this.leaves(epoch, slots, heads));
  }
}
