import { LogBehind } from '@candor/checkpoints';
import { holdLock } from '@candor/read-models';
import type { Logger } from 'pino';
import { aborted } from './aborted.js';
import { Backoff, type BackoffOptions } from './backoff.js';
import { classOf, passes } from './failure.js';
import { WrongStore } from './store-identity.js';

/** `behind`: the event store lacks what was seen of it; that is waited for, and told as an alarm. */
export type LeaderState = 'waiting for the lock' | 'following' | 'interrupted' | 'behind' | 'stopped';

export interface LeaderOptions {
  /** What people call it. */
  readonly name: string;
  /** The one lock in the whole installation. */
  readonly lock: string;
  /** Where it is held: a connection of its own as candor_projector. */
  readonly lockUrl: string;
  readonly logger: Logger;
  readonly retry: BackoffOptions;
}

function stateAfter(error: unknown): LeaderState {
  if (error instanceof WrongStore) return 'stopped';
  return error instanceof LogBehind ? 'behind' : 'interrupted';
}

/**
 * Work that one process of the whole installation does; others wait for its lock. What passes is waited for, with growing
 * pauses; only a store that is not the one followed before ends it.
 */
export abstract class Leader {
  private now: LeaderState = 'interrupted';

  constructor(private readonly leading: LeaderOptions) {}

  get name(): string {
    return this.leading.name;
  }

  get state(): LeaderState {
    return this.now;
  }

  /**
   * The work, for as long as the lock is held.
   * @param session aborts when the process stops or the lock is lost
   * @param backoff to be reset after progress
   */
  protected abstract follow(session: AbortSignal, backoff: Backoff): Promise<void>;

  /** @throws WrongStore */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, name, retry } = this.leading;
    const backoff = new Backoff(retry);
    while (!signal.aborted) {
      try {
        await this.lead(signal, backoff);
      } catch (error) {
        if (aborted(signal)) break;
        this.now = stateAfter(error);
        if (error instanceof WrongStore) throw error;
        const told = { name, reason: classOf(error) };
        if (error instanceof LogBehind) logger.error(told, error.message);
        else logger[passes(error) ? 'warn' : 'error'](told, 'it was interrupted and is begun again');
      }
      await backoff.wait(signal);
    }
    this.now = 'stopped';
  }

  private async lead(signal: AbortSignal, backoff: Backoff): Promise<void> {
    const { lock: name, lockUrl } = this.leading;
    this.now = 'waiting for the lock';
    const lock = await holdLock(lockUrl, name, signal);
    const session = AbortSignal.any([signal, lock.lost]);
    try {
      this.now = 'following';
      await this.follow(session, backoff);
      // What ended it is said, and not that a rest was cut short.
      session.throwIfAborted();
    } finally {
      await lock.release();
    }
  }
}
