import { randomUUID } from 'node:crypto';
import { b64, type EpochTree, equalBytes, type SlotHead } from '@candor/crypto';
import type { Epoch } from '@candor/crypto/tlog';
import type { DomainEvent, Uuid } from '@candor/domain';
import { type Codec, type EventLog, type ExpectedRevision, WrongExpectedRevision } from '@candor/event-store';
import type { LogOrigin } from '@candor/read-models';
import { streamOf } from '@candor/checkpoints';
import { contextOf } from '../../reactors/reactor.js';
import { originKey } from '../verify/trees.js';
import { RecoveryFault, type SourceHead } from './source.js';
import type { Survey } from './survey.js';

export interface BookkeeperParts {
  readonly log: EventLog;
  readonly codec: Codec;
  /** Who acts: the platform's log. */
  readonly platform: Uuid;
  /** Under K_slots. */
  readonly tree: EpochTree;
  readonly now: () => number;
}

/** A head as it was recorded, with its event. */
interface Recorded extends LogOrigin {
  readonly size: number;
  readonly root: Uint8Array;
  readonly event: Uuid;
}

/** How many checkpoints beyond an epoch's may have been recorded before it. */
const BEYOND = 64;

/**
 * Records again what no log holds: slots, checkpoints, epochs and their notes. These events are new, with new ids: what they say
 * is proven by slots in origins, roots of entries, and epochs under the anchor's signature; and each is appended at the exact
 * revision that says it once (formats v1 §4.2, §5.1, §5.5).
 */
export class Bookkeeper {
  /** Of each log, as the last epoch has counted it: of its newest origin (formats v1 §4.5). */
  private readonly counted = new Map<Uuid, Recorded>();
  /** Recorded since, in the order of the store. */
  private pending: Recorded[];
  /** Of the last checkpoint counted. */
  private after: Uuid | null;
  private readonly slots: Map<Uuid, number>;
  private readonly origins: Map<string, string>;
  private readonly revisions = new Map<string, bigint>();
  private readonly notes: Set<number>;
  /** How many epochs are recorded. */
  epochs: number;

  constructor(
    private readonly parts: BookkeeperParts,
    { recorded, origins }: Survey,
  ) {
    const { checkpoints, epochs, notes, slots } = recorded;
    const counted = epochs.at(-1)?.counted ?? 0;
    for (const one of checkpoints.slice(0, counted)) count(this.counted, one);
    for (const one of checkpoints)
      this.revisions.set(streamOf(one), (this.revisions.get(streamOf(one)) ?? -1n) + 1n);
    this.pending = checkpoints.slice(counted);
    this.after = checkpoints[counted - 1]?.event ?? null;
    this.slots = new Map(slots);
    this.origins = new Map(origins);
    this.notes = new Set(notes.map(({ epoch }) => epoch));
    this.epochs = epochs.length;
  }

  hasSlot(log: Uuid): boolean {
    return this.slots.has(log);
  }

  /** @param name what its entry 0 makes it */
  knowOrigin(origin: LogOrigin, name: string): void {
    this.origins.set(originKey(origin), name);
  }

  /** @throws RecoveryFault when another log has it */
  async slot(log: Uuid, slot: number): Promise<void> {
    const event = { type: 'log.slot-assigned', body: { slot, log } } as const;
    const stored = await this.append(`slot-${slot}`, 'no-stream', event);
    if (stored === undefined) throw new RecoveryFault(`Slot ${slot} of log ${log} belongs to another log.`);
    this.slots.set(log, slot);
  }

  async checkpoint({ log, succession }: LogOrigin, { size, root }: SourceHead): Promise<void> {
    const event = { type: 'log.checkpoint-recorded', body: { size, root: b64(root) } } as const;
    const stream = streamOf({ log, succession });
    const revision = this.revisions.get(stream);
    const id = await this.append(stream, revision ?? 'no-stream', event);
    if (id === undefined) throw new RecoveryFault(`Somebody else records the heads of log ${log}.`);
    this.revisions.set(stream, (revision ?? -1n) + 1n);
    this.pending.push({ log, succession, size, root, event: id });
  }

  /**
   * Whether an epoch's root comes out of the heads recorded so far, with these added.
   * @param more heads that are about to be recorded, the newest of each log
   */
  async reproduces(epoch: Epoch, more: readonly Omit<Recorded, 'event'>[]): Promise<boolean> {
    return (await this.cut(epoch, more)) !== undefined;
  }

  /** Records an epoch whose root was seen to come out. @throws RecoveryFault when it does not */
  async epoch(epoch: Epoch): Promise<void> {
    const cut = await this.cut(epoch, []);
    if (cut === undefined) throw new RecoveryFault(`Epoch ${epoch.epoch} does not come out again.`);
    for (const one of this.pending.splice(0, cut)) {
      count(this.counted, one);
      this.after = one.event;
    }
    const { epoch: number, time, slots } = epoch;
    const body = { epoch: number, time, slots, root: b64(epoch.root), after: this.after };
    const expected = number === 0 ? 'no-stream' : BigInt(number - 1);
    const id = await this.append('anchor-main', expected, { type: 'log.epoch-recorded', body });
    if (id === undefined) throw new RecoveryFault(`Somebody else records epoch ${epoch.epoch}.`);
    this.epochs += 1;
  }

  /** Keeps the checkpoint of an epoch, where there is none. */
  async note(epoch: number, note: string): Promise<void> {
    if (this.notes.has(epoch)) return;
    const body = { epoch, note: Buffer.from(note).toString('base64') };
    await this.append(`epoch-${epoch}`, 'no-stream', { type: 'log.epoch-cosigned', body });
    this.notes.add(epoch);
  }

  /** How many of the pending checkpoints the epoch counted; undefined when its root does not come out. */
  private async cut(epoch: Epoch, more: readonly Omit<Recorded, 'event'>[]): Promise<number | undefined> {
    const least = more.length > 0 ? this.pending.length : Math.max(0, this.pending.length - BEYOND);
    for (let cut = this.pending.length; cut >= least; cut--) {
      const heads = new Map<Uuid, Omit<Recorded, 'event'>>(this.counted);
      for (const one of [...this.pending.slice(0, cut), ...more]) count(heads, one);
      const root = await this.rootOf(epoch, [...heads.values()]);
      if (root !== undefined && equalBytes(root, epoch.root)) return cut;
    }
    return undefined;
  }

  private async rootOf(
    { epoch, slots }: Epoch,
    heads: readonly Omit<Recorded, 'event'>[],
  ): Promise<Uint8Array | undefined> {
    const placed: SlotHead[] = [];
    for (const { log, succession, size, root } of heads) {
      const [slot, origin] = [this.slots.get(log), this.origins.get(originKey({ log, succession }))];
      if (slot === undefined || slot >= slots || origin === undefined) return undefined;
      placed.push({ slot, origin, size, root });
    }
    return this.parts.tree.root(epoch, slots, placed);
  }

  /** Undefined when the stream is elsewhere. */
  private async append(
    stream: string,
    expected: ExpectedRevision,
    event: DomainEvent,
  ): Promise<Uuid | undefined> {
    const { codec, log, platform, now } = this.parts;
    const context = contextOf(platform, null, new Date(now()).toISOString(), null);
    const draft = { stream, event, context, command: randomUUID(), causation: null };
    const encoded = await codec.encode([draft]);
    try {
      await log.append(stream, expected, encoded);
      return encoded[0]?.id;
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return undefined;
      throw error;
    }
  }
}

function count<T extends LogOrigin>(heads: Map<Uuid, T>, head: T): void {
  if (head.succession >= (heads.get(head.log)?.succession ?? 0)) heads.set(head.log, head);
}
