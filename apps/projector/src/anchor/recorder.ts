import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { b64, EpochTree } from '@candor/crypto';
import { nextEpoch, type EpochRecorded, type Uuid } from '@candor/domain';
import { type Codec, type EventLog, WrongExpectedRevision } from '@candor/event-store';
import {
  epochGround,
  inTransaction,
  latestEpoch,
  type Pool,
  ViewBehind,
  type ViewListener,
  waitForView,
} from '@candor/read-models';
import type { Logger } from 'pino';
import { contextOf } from '../reactors/reactor.js';

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
const STREAM = 'anchor-main';
const VIEW_TIMEOUT_MS = 30_000;

/** Commits every log's head, blinded in its slot, under the root of one epoch (formats v1 §5.3–5.6). */
export class EpochRecorder {
  /** Of the last epoch recorded here: the view may not have it yet. */
  private recorded = -1n;

  constructor(private readonly options: EpochRecorderOptions) {}

  /** Whether an interval has passed since the last epoch. */
  async due(): Promise<boolean> {
    const { pool, now, seconds } = this.options;
    const latest = await latestEpoch(pool);
    return latest === undefined || now() / 1000 >= latest.time + seconds;
  }

  /**
   * One epoch. The compare-and-set is its stream: the epoch's number is its revision, so that of two processes one
   * records it.
   * @throws ViewBehind when another process recorded it, and the view has not seen that yet
   */
  async record(signal: AbortSignal): Promise<void> {
    const { pool, listener, recordHeads, logger, now, tree } = this.options;
    const heads = await recordHeads(signal);
    const seen = heads === null || heads < this.recorded ? this.recorded : heads;
    await waitForView(listener, VIEW, seen, VIEW_TIMEOUT_MS);
    const ground = await inTransaction(pool, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', epochGround);
    const next = nextEpoch(ground.latest, now() / 1000, ground);
    if (next === undefined) {
      logger.error({ reactor: 'epochs', epoch: ground.latest?.epoch }, 'the clock is behind the last epoch');
      await sleep(1_000, undefined, { signal });
      return;
    }
    const root = await tree.root(next.epoch, next.slots, ground.heads);
    await this.append({ ...next, root: b64(root), after: ground.after });
  }

  private async append(body: EpochRecorded['body']): Promise<void> {
    const { codec, log, platform, now } = this.options;
    const context = contextOf(platform, null, new Date(now()).toISOString(), null);
    const event = { type: 'log.epoch-recorded', body } as const;
    const draft = { stream: STREAM, event, context, command: randomUUID(), causation: null };
    try {
      const expected = body.epoch === 0 ? 'no-stream' : BigInt(body.epoch - 1);
      this.recorded = (await log.append(STREAM, expected, await codec.encode([draft]))).position;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      throw new ViewBehind('another process recorded the epoch', { cause: error });
    }
  }
}
