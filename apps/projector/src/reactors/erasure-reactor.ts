import { setTimeout as sleep } from 'node:timers/promises';
import { loadCheckpoints, unfinishedErasures } from '@candor/read-models';
import { applyOrders } from '@candor/vault';
import type { Backoff } from '../following/backoff.js';
import { classOf, passes } from '../following/failure.js';
import { Leader } from '../following/leader.js';
import { checkPlace, storeId } from '../following/store-identity.js';
import { finishErasure } from './finish-erasure.js';
import { orderLapses } from './lapses.js';
import { ERASURE, type ErasureSurroundings, VIEW } from './orders.js';

export interface ErasureReactorOptions extends ErasureSurroundings {
  readonly lockUrl: string;
  /** How often erasures are looked at, in milliseconds. Default 1,000. */
  readonly everyMs?: number;
  /** How often terms are looked at, in milliseconds. Default one hour. */
  readonly lapsesEveryMs?: number;
}

const RETRY = { first: 1_000, longest: 15_000 } as const;
/** Unfinished erasures looked at in one round. */
const BATCH = 500;
/** One that waits for a hold or for sinks lets the others go first for so long. */
const WAITING_MS = 5_000;
/** One that is in trouble by itself is looked at again after this long. */
const ASIDE_MS = 600_000;

/** Carries erasures out, and lets keys lapse: one process at a time, from wherever the last one ended. */
export class ErasureReactor extends Leader {
  private lapsesAt = 0;
  /** Until when which erasures are left alone. */
  private readonly aside = new Map<string, number>();

  constructor(private readonly options: ErasureReactorOptions) {
    const { lockUrl, logger } = options;
    super({ name: ERASURE, lock: `reactor-${ERASURE}`, lockUrl, logger, retry: RETRY });
  }

  protected async follow(session: AbortSignal, backoff: Backoff): Promise<void> {
    await this.checkStore(session);
    while (!session.aborted) {
      await this.round();
      backoff.reset();
      await sleep(this.options.everyMs ?? 1_000, undefined, { signal: session }).catch(() => undefined);
    }
  }

  /** In another store no erasure of the view exists. @throws WrongStore */
  private async checkStore(signal: AbortSignal): Promise<void> {
    const { log, pool } = this.options;
    const store = await storeId(log, signal);
    const checkpoint = (await loadCheckpoints(pool)).get(VIEW);
    if (checkpoint !== undefined) await checkPlace(log, store, { ...checkpoint, name: VIEW });
  }

  /** Whatever can be done now. */
  async round(): Promise<void> {
    const { log, vault, pool, now } = this.options;
    await applyOrders(log, vault.erasures);
    if (now() >= this.lapsesAt) {
      await orderLapses(this.options);
      this.lapsesAt = now() + (this.options.lapsesEveryMs ?? 3_600_000);
      await applyOrders(log, vault.erasures);
    }
    for (const [erasure, until] of this.aside) if (until <= now()) this.aside.delete(erasure);
    const unfinished = await unfinishedErasures(pool, BATCH, [...this.aside.keys()]);
    for (const { tenant, erasure } of unfinished) await this.finish(tenant, erasure);
  }

  /** What is in trouble by itself does not hold up the others. */
  private async finish(tenant: string, erasure: string): Promise<void> {
    try {
      const went = await finishErasure(this.options, tenant, erasure);
      if (went === 'waiting') this.aside.set(erasure, this.options.now() + WAITING_MS);
    } catch (error) {
      if (passes(error)) throw error;
      this.aside.set(erasure, this.options.now() + ASIDE_MS);
      this.options.logger.error(
        { reactor: this.name, erasure, reason: classOf(error) },
        'an erasure could not be carried on',
      );
    }
  }
}
