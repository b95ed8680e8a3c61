import { setTimeout as sleep } from 'node:timers/promises';
import { closeWrites, holdLock, openWrites, type Pool } from '@candor/read-models';
import { aborted } from '../following/aborted.js';
import { Backoff } from '../following/backoff.js';
import { classOf, passes } from '../following/failure.js';
import type { GroupState } from '../following/group.js';
import { WrongStore } from '../following/store-identity.js';
import { AnchorBehind, type AnchorPublisher } from './publisher.js';
import type { EpochRecorder } from './recorder.js';
import type { Logger } from 'pino';

export interface AnchorWork {
  readonly recorder: Pick<EpochRecorder, 'record' | 'due'>;
  readonly publisher: Pick<AnchorPublisher, 'confirm' | 'publish'>;
}

export interface EpochMakerOptions {
  /** Called when this process leads; undefined: not yet. */
  readonly prepare: () => Promise<AnchorWork | undefined>;
  readonly pool: Pool;
  readonly logger: Logger;
  readonly lockUrl: string;
}

const RETRY = { first: 1_000, longest: 30_000 } as const;
/** How often a time that has come is looked for, in milliseconds. */
const LOOK_MS = 500;

/** Records an epoch whenever its time has come, and publishes the anchor log with its quorum. One process at a time. */
export class EpochMaker {
  readonly name = 'epochs';
  private now: GroupState = 'interrupted';

  constructor(private readonly options: EpochMakerOptions) {}

  get state(): GroupState {
    return this.now;
  }

  /** @throws WrongStore */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      try {
        await this.lead(signal, backoff);
      } catch (error) {
        if (aborted(signal)) break;
        this.now = error instanceof WrongStore ? 'stopped' : 'interrupted';
        if (error instanceof WrongStore) throw error;
        this.options.logger[passes(error) ? 'warn' : 'error'](
          { reactor: this.name, reason: classOf(error) },
          'the anchor log was interrupted',
        );
      }
      await backoff.wait(signal);
    }
    this.now = 'stopped';
  }

  private async lead(signal: AbortSignal, backoff: Backoff): Promise<void> {
    this.now = 'waiting for the lock';
    const lock = await holdLock(this.options.lockUrl, `reactor-${this.name}`, signal);
    const session = AbortSignal.any([signal, lock.lost]);
    try {
      this.now = 'following';
      const work = await this.options.prepare();
      if (work !== undefined) await this.make(work, session, backoff);
      session.throwIfAborted();
    } finally {
      await lock.release();
    }
  }

  /** While this store is behind what was published of it nobody writes (formats v1 §4.4). @throws AnchorBehind */
  private async make(
    { recorder, publisher }: AnchorWork,
    session: AbortSignal,
    backoff: Backoff,
  ): Promise<void> {
    const { pool } = this.options;
    let confirmed = false;
    try {
      while (!session.aborted) {
        if (!confirmed && (await publisher.confirm())) {
          confirmed = true;
          await openWrites(pool);
        }
        if (confirmed && (await recorder.due())) await recorder.record(session);
        if (confirmed) await publisher.publish();
        backoff.reset();
        await sleep(LOOK_MS, undefined, { signal: session }).catch(() => undefined);
      }
    } catch (error) {
      if (error instanceof AnchorBehind) await closeWrites(pool);
      throw error;
    }
  }
}
