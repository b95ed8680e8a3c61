import { randomUUID } from 'node:crypto';
import { ANCHOR_STREAM, lastEpoch, type StoredEpoch } from '@candor/checkpoints';
import { b64, type EpochTree, halfLevel } from '@candor/crypto';
import { nextEpoch, type EpochRecorded, type Uuid } from '@candor/domain';
import { type Codec, type EventLog, WrongExpectedRevision } from '@candor/event-store';
import {
  epochGround,
  inTransaction,
  keepEpochHalf,
  latestEpoch,
  type Pool,
  ViewBehind,
  type ViewListener,
  waitForView,
} from '@candor/read-models';
import type { Logger } from 'pino';
import { contextOf } from '../reactors/reactor.js';
import { freshFor } from './freshness.js';

export interface EpochRecorderOptions {
  readonly pool: Pool;
  readonly log: EventLog;
  readonly codec: Codec;
  readonly listener: ViewListener;
  /** Under K_slots. */
  readonly tree: EpochTree;
  /** The platform log's id: who acts when Candor acts by itself. */
  readonly platform: Uuid;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The interval in seconds (formats v1 §5.6). */
  readonly seconds: number;
  /** Records a checkpoint of every log that grew since its last. @returns the position of the last one, null: none grew */
  readonly recordHeads: (signal: AbortSignal) => Promise<bigint | null>;
}

const VIEW = 'anchor_v1';
/** How often a clock that is behind is told of, in milliseconds. */
const ALARM_EVERY_MS = 60_000;
const VIEW_TIMEOUT_MS = 30_000;

/** Commits every log's head, blinded in its slot, under the root of one epoch (formats v1 §5.3–5.6). */
export class EpochRecorder {
  /** The last epoch in the store, which the view may not have yet. */
  private last: StoredEpoch | undefined;
  private alarmedAt = -Infinity;

  constructor(private readonly options: EpochRecorderOptions) {}

  /**
   * Whether an interval has passed since the last epoch in the store. While the clock is behind that epoch none is due: a
   * made-up time would be a false statement.
   * @throws LogBehind when the store has lost an epoch that was seen
   */
  async due(): Promise<boolean> {
    const { log, pool, now, seconds } = this.options;
    this.last = await lastEpoch(log, this.last ?? (await latestEpoch(pool)));
    if (this.last === undefined) return true;
    const past = now() / 1000 - this.last.time;
    if (past < 0) this.alarm(this.last.epoch, -past);
    return past >= seconds;
  }

  /**
   * One epoch. The compare-and-set is its stream: the epoch's number is its revision, so that of two processes one
   * records it.
   * @throws ViewBehind when another process recorded it, the view has not seen the last one, or its heads are old by now
   */
  async record(signal: AbortSignal): Promise<void> {
    const { pool, listener, recordHeads, now, tree, seconds } = this.options;
    const began = now();
    const last = this.last?.position ?? -1n;
    const heads = (await recordHeads(signal)) ?? -1n;
    await waitForView(listener, VIEW, heads < last ? last : heads, VIEW_TIMEOUT_MS);
    const ground = await inTransaction(pool, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', epochGround);
    if ((ground.latest?.epoch ?? -1) < (this.last?.epoch ?? -1))
      throw new ViewBehind('the view has not seen the last epoch');
    const next = nextEpoch(ground.latest, now() / 1000, ground);
    if (next === undefined) return;
    const levels = await tree.levels(next.epoch, next.slots, ground.heads);
    if (next.time * 1_000 - began > freshFor(seconds))
      throw new ViewBehind('the heads of the next epoch took too long');
    const root = levels.at(-1) ?? new Uint8Array();
    await this.append({ ...next, root: b64(root), after: ground.after });
    await this.keep(next.epoch, levels[halfLevel(next.slots)]);
  }

  /** While the tree is at hand (ADR 33). What is not kept now is made again when somebody asks. */
  private async keep(epoch: number, half: Uint8Array | undefined): Promise<void> {
    if (half === undefined) return;
    await keepEpochHalf(this.options.pool, epoch, half).catch(() => {
      this.options.logger.warn({ epoch }, 'the half of an epoch’s tree was not kept');
    });
  }

  private alarm(epoch: number, seconds: number): void {
    const now = performance.now();
    if (now - this.alarmedAt < ALARM_EVERY_MS) return;
    this.alarmedAt = now;
    const told = { reactor: 'epochs', epoch, seconds: Math.ceil(seconds) };
    this.options.logger.error(
      told,
      'the clock is behind the last epoch: none is recorded until it has passed it',
    );
  }

  private async append(body: EpochRecorded['body']): Promise<void> {
    const { codec, log, platform, now } = this.options;
    const context = contextOf(platform, null, new Date(now()).toISOString(), null);
    const event = { type: 'log.epoch-recorded', body } as const;
    const draft = { stream: ANCHOR_STREAM, event, context, command: randomUUID(), causation: null };
    try {
      const expected = body.epoch === 0 ? 'no-stream' : BigInt(body.epoch - 1);
      await log.append(ANCHOR_STREAM, expected, await codec.encode([draft]));
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      throw new ViewBehind('another process recorded the epoch', { cause: error });
    }
  }
}
