import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '@candor/event-store';
import { type Orphans, sweepOrphans } from '@candor/vault';
import type { Logger } from 'pino';
import type { Backoff } from '../following/backoff.js';
import { Leader } from '../following/leader.js';

export interface OrphanReactorOptions {
  readonly log: EventLog;
  readonly vault: { check(): Promise<void>; readonly orphans: Orphans };
  /** Throws where the log may lack what was appended to it. */
  readonly requireWhole: () => Promise<void>;
  readonly lockUrl: string;
  readonly logger: Logger;
  /** Between two sweeps, in milliseconds, whoever made the last one. Default one day. */
  readonly everyMs?: number;
  /**
   * How often it is looked whether one is due, in milliseconds. Default a quarter of an hour: more than anybody holds a key
   * before its event is appended, so that no clock that is set makes an orphan of it between two sweeps.
   */
  readonly lookEveryMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const NAME = 'orphan-sweep';
const RETRY = { first: 60_000, longest: 3_600_000 } as const;
const DAY_MS = 86_400_000;

/** Once a day, deletes keys whose event was never appended (ADR 21). */
export class OrphanReactor extends Leader {
  constructor(private readonly options: OrphanReactorOptions) {
    const { lockUrl, logger } = options;
    super({ name: NAME, lock: `reactor-${NAME}`, lockUrl, logger, retry: RETRY });
  }

  protected async follow(session: AbortSignal, backoff: Backoff): Promise<void> {
    const { lookEveryMs = 900_000 } = this.options;
    for (;;) {
      // First: views that begin anew have the log to themselves.
      await sleep(lookEveryMs, undefined, { signal: session }).catch(() => undefined);
      if (session.aborted) return;
      await this.round(session);
      backoff.reset();
    }
  }

  /** A sweep where one is due. @returns whether one was */
  async round(signal?: AbortSignal): Promise<boolean> {
    const { log, vault, requireWhole, logger, everyMs = DAY_MS, now = Date.now } = this.options;
    await vault.check();
    const { endedAt } = await vault.orphans.state();
    // One that ended far in the future ended by a clock that was set.
    if (endedAt !== null && Math.abs(now() - endedAt) < everyMs) return false;
    const report = await sweepOrphans(log, vault.orphans, { requireWhole, ...(signal && { signal }) });
    const { unreadable, startedOver, found, swept } = report;
    const level = unreadable > 0 || startedOver ? 'warn' : 'info';
    logger[level]({ reactor: NAME, unreadable, startedOver, found, swept }, 'orphaned keys were looked for');
    return true;
  }
}
