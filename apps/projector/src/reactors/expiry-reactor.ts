import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { grantDecider } from '@candor/domain';
import type { EventLog } from '@candor/event-store';
import {
  type DueGrant,
  dueGrants,
  loadCheckpoints,
  type Reaction,
  recordReactions,
} from '@candor/read-models';
import type { Backoff } from '../following/backoff.js';
import { classOf, passes } from '../following/failure.js';
import { Leader } from '../following/leader.js';
import { checkPlace, storeId } from '../following/store-identity.js';
import { commandId, contextOf, DEADLINE_MS, reactionOf, type ReactorSurroundings } from './reactor.js';

export const GRANT_EXPIRY = 'grant-expiry';
/** Where due grants are looked for. */
const VIEW = 'access_grants_v1';

export interface ExpiryReactorOptions extends ReactorSurroundings {
  readonly log: EventLog;
  readonly lockUrl: string;
  /** How often the grants are looked at, in milliseconds. Default 1,000. */
  readonly everyMs?: number;
}

const RETRY = { first: 1_000, longest: 15_000 } as const;
const BATCH = 200;
/** A grant that could not be expired, and will not be by waiting a little, is tried again after this long. */
const ASIDE_MS = 600_000;

/** The activation of a grant, and why the grant could not be expired. */
type Trouble = readonly [event: string, reason: unknown];

/** Says of grants whose time is over that it is: a late fact, because they end by their own time whoever notices. */
export class ExpiryReactor extends Leader {
  /** Until when which grants are left alone, by their activation. */
  private readonly aside = new Map<string, number>();

  constructor(private readonly options: ExpiryReactorOptions) {
    const { lockUrl, logger } = options;
    super({ name: GRANT_EXPIRY, lock: `reactor-${GRANT_EXPIRY}`, lockUrl, logger, retry: RETRY });
  }

  protected async follow(session: AbortSignal, backoff: Backoff): Promise<void> {
    await this.checkStore(session);
    while (!session.aborted) {
      const count = await this.expire();
      backoff.reset();
      if (count < BATCH) await this.rest(session);
    }
  }

  /**
   * In another store no grant of the view exists, and each would be refused, for ever.
   * @throws WrongStore
   */
  private async checkStore(signal: AbortSignal): Promise<void> {
    const { log, pool } = this.options;
    const store = await storeId(log, signal);
    const checkpoint = (await loadCheckpoints(pool)).get(VIEW);
    if (checkpoint !== undefined) await checkPlace(log, store, { ...checkpoint, name: VIEW });
  }

  private async rest(signal: AbortSignal): Promise<void> {
    await sleep(this.options.everyMs ?? 1_000, undefined, { signal }).catch(() => undefined);
  }

  /** One batch of what is due; how many that were. What is in trouble by itself does not hold up the others. */
  async expire(): Promise<number> {
    const { pool, executor, now, logger } = this.options;
    const at = new Date(now()).toISOString();
    const due = await dueGrants(pool, this.name, { now: at, limit: BATCH, without: this.setAside() });
    const made = await Promise.allSettled(due.map((grant) => this.execution(grant, at)));
    const executions = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const results = await executor.executeMany(grantDecider, executions);
    const troubles = made.flatMap((one, n): Trouble[] =>
      one.status === 'rejected' ? [[due[n]?.activation ?? '', one.reason]] : [],
    );
    const done: Reaction[] = [];
    for (const [n, result] of results.entries()) {
      const { causation = '', commandId: command = '' } = executions[n] ?? {};
      if ('fault' in result) troubles.push([causation, result.fault]);
      else done.push(reactionOf(causation, command, result));
    }
    for (const { event, result } of done)
      if (result !== 'done') logger.error({ reactor: this.name, event, result }, 'a reaction was refused');
    await recordReactions(pool, this.name, done);
    this.putAside(troubles);
    return due.length;
  }

  /** @throws a trouble that passes: then everything is tried again, later */
  private putAside(troubles: readonly Trouble[]): void {
    for (const [, reason] of troubles) if (passes(reason)) throw reason;
    for (const [event, reason] of troubles) {
      this.aside.set(event, this.options.now() + ASIDE_MS);
      this.options.logger.error(
        { reactor: this.name, event, reason: classOf(reason) },
        'a grant could not be expired',
      );
    }
  }

  private setAside(): readonly string[] {
    for (const [event, until] of this.aside) if (until <= this.options.now()) this.aside.delete(event);
    return [...this.aside.keys()];
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
