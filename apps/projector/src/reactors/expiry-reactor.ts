import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { grantDecider } from '@candor/domain';
import { type DueGrant, dueGrants, holdLock, recordReactions } from '@candor/read-models';
import { aborted } from '../following/aborted.js';
import { Backoff } from '../following/backoff.js';
import { classOf, passes } from '../following/failure.js';
import type { GroupState } from '../following/group.js';
import { commandId, contextOf, DEADLINE_MS, reactionOf, type ReactorSurroundings } from './reactor.js';

export const GRANT_EXPIRY = 'grant-expiry';

export interface ExpiryReactorOptions extends ReactorSurroundings {
  readonly lockUrl: string;
  /** How often the grants are looked at, in milliseconds. Default 1,000. */
  readonly everyMs?: number;
}

const RETRY = { first: 1_000, longest: 15_000 } as const;
const BATCH = 200;

/** Says of grants whose time is over that it is: a late fact, because they end by their own time whoever notices. */
export class ExpiryReactor {
  readonly name = GRANT_EXPIRY;
  private now: GroupState = 'interrupted';

  constructor(private readonly options: ExpiryReactorOptions) {}

  get state(): GroupState {
    return this.now;
  }

  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      try {
        await this.lead(signal, backoff);
      } catch (error) {
        if (aborted(signal)) break;
        this.now = 'interrupted';
        this.options.logger[passes(error) ? 'warn' : 'error'](
          { reactor: this.name, reason: classOf(error) },
          'a reactor was interrupted',
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
      while (!session.aborted) {
        const count = await this.expire();
        backoff.reset();
        if (count < BATCH) await sleep(this.options.everyMs ?? 1_000, undefined, { signal: session });
      }
    } finally {
      await lock.release();
    }
  }

  /** One batch of what is due; how many that were. */
  async expire(): Promise<number> {
    const { pool, executor, now, logger } = this.options;
    const at = new Date(now()).toISOString();
    const due = await dueGrants(pool, this.name, at, BATCH);
    if (due.length === 0) return 0;
    const executions = await this.executions(due, at);
    const results = await executor.executeMany(grantDecider, executions);
    const done = results.map((result, n) =>
      reactionOf(executions[n]?.causation ?? '', executions[n]?.commandId ?? '', result),
    );
    for (const { event, result } of done)
      if (result !== 'done') logger.error({ reactor: this.name, event, result }, 'a reaction was refused');
    await recordReactions(pool, this.name, done);
    return done.length;
  }

  /** One tenant's trouble with its keys does not hold up the others. */
  private async executions(due: readonly DueGrant[], at: string) {
    const made = await Promise.allSettled(due.map((grant) => this.execution(grant, at)));
    return made.flatMap((one) => {
      if (one.status === 'fulfilled') return [one.value];
      this.options.logger.error(
        { reactor: this.name, reason: classOf(one.reason) },
        'a grant could not be expired',
      );
      return [];
    });
  }

  private async execution({ tenant, grant, activation }: DueGrant, at: string) {
    const { vault, platform, now } = this.options;
    return {
      stream: `grant-${grant}`,
      command: { kind: 'expire-grant', at } as const,
      commandId: await commandId(vault, tenant, this.name, activation),
      causation: activation,
      context: contextOf(platform, tenant, at, randomUUID()),
      deadline: now() + DEADLINE_MS,
    };
  }
}
