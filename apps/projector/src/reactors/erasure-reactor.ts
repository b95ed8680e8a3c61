import { setTimeout as sleep } from 'node:timers/promises';
import { erasureBacklog, loadCheckpoints, unfinishedErasures } from '@candor/read-models';
import { applyOrders } from '@candor/vault';
import type { Backoff } from '../following/backoff.js';
import { classOf, passes } from '../following/failure.js';
import { Leader } from '../following/leader.js';
import { checkPlace, storeId } from '../following/store-identity.js';
import { finishErasure } from './finish-erasure.js';
import { orderLapses } from './lapses.js';
import { oneByOne } from './one-by-one.js';
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
/** Lapses that were in trouble, or were not all looked at, are looked at again after this long. */
const AGAIN_MS = 60_000;
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

  /** Whatever can be done now: erasures do not wait for lapses, nor lapses for them. @throws a trouble that passes */
  async round(): Promise<void> {
    const { log, vault } = this.options;
    await applyOrders(log, vault.erasures);
    // A look at all terms may take a while: whom somebody waits for comes first.
    const parts = [() => this.finishAll(), () => this.lapse()];
    await oneByOne(
      parts,
      async (part) => {
        await part();
        return true;
      },
      (_, error) => {
        if (!passes(error)) this.trouble('erasures could not be looked at', error);
      },
    );
  }

  private async lapse(): Promise<void> {
    const { log, vault, now, lapsesEveryMs = 3_600_000 } = this.options;
    if (now() < this.lapsesAt) return;
    this.lapsesAt = now() + Math.min(AGAIN_MS, lapsesEveryMs);
    if (await orderLapses(this.options)) this.lapsesAt = now() + lapsesEveryMs;
    await applyOrders(log, vault.erasures);
  }

  private async finishAll(): Promise<void> {
    const { pool, now, meter } = this.options;
    if (meter !== undefined) {
      const { count, since } = await erasureBacklog(pool);
      meter.unfinished(count, since === null ? 0 : Math.max(0, (now() - Date.parse(since)) / 1_000));
    }
    for (const [erasure, until] of this.aside) if (until <= now()) this.aside.delete(erasure);
    const unfinished = await unfinishedErasures(pool, BATCH, [...this.aside.keys()]);
    const work = async ({ tenant, erasure }: (typeof unfinished)[number]): Promise<boolean> => {
      const went = await finishErasure(this.options, tenant, erasure);
      if (went === 'waiting') this.aside.set(erasure, now() + WAITING_MS);
      if (went === 'refused') {
        this.aside.set(erasure, now() + ASIDE_MS);
        meter?.trouble();
      }
      return true;
    };
    await oneByOne(unfinished, work, ({ erasure }, error) => {
      this.aside.set(erasure, now() + (passes(error) ? WAITING_MS : ASIDE_MS));
      this.trouble('an erasure could not be carried on', error, erasure);
    });
  }

  private trouble(what: string, error: unknown, erasure?: string): void {
    this.options.meter?.trouble();
    this.options.logger[passes(error) ? 'warn' : 'error'](
      { reactor: this.name, erasure, reason: classOf(error) },
      what,
    );
  }
}
