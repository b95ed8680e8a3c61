import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyOrders } from '@candor/vault';
import { classOf } from '../following/failure.js';
import { type Due, dueLapses, lapseOf } from './due-lapses.js';
import { oneByOne } from './one-by-one.js';
import { ERASURE, type ErasureSurroundings, giveOrders } from './orders.js';

/** Orders for one look at what is due. */
const MOST_AT_ONCE = 200;

/**
 * Lets keys lapse: those of contracts that ended, all of them, and those of classes at the end of their term. One order
 * for each log, class and period (formats v1 §3.7); keys under a hold stay, and then the others are named. Receipts follow as
 * of any erasure. What is in trouble in one log does not hold up the others.
 * @returns whether everything that is due was looked at; if not, the rest is for another look, soon
 * @throws a trouble that passes
 */
export async function orderLapses(around: ErasureSurroundings): Promise<boolean> {
  const { pool, vault, terms, logger, now } = around;
  const { erasures } = vault;
  const due = await dueLapses(
    { erasures, pool, retentionDays: terms.retentionDays },
    new Date(now()).toISOString(),
  );
  let given = 0;
  let all = true;
  const work = async (one: Due): Promise<boolean> => {
    const result = await lapse(around, one);
    if (result === 'ordered') given++;
    all = result !== 'behind' && given < MOST_AT_ONCE;
    return all;
  };
  const failed = ({ log }: Due, error: unknown): void => {
    logger.error({ reactor: ERASURE, log, reason: classOf(error) }, 'keys of a log could not lapse');
  };
  await oneByOne(due, work, failed, ({ log }) => log);
  around.meter?.lapses(due.length - given, now());
  return all;
}

/** Milliseconds between looks at the view, and how many. */
const WAIT_MS = 50;
const MOST_WAITS = 100;

/** The order before has put the view behind: it is waited for, but no further than a view that stands still. */
async function lapse(around: ErasureSurroundings, due: Due): ReturnType<typeof giveOrders> {
  const target = { tenant: due.log, erasure: randomUUID(), cause: null };
  const { erasures } = around.vault;
  for (let wait = 0; ; wait++) {
    // The next order follows the last one that was carried out.
    await applyOrders(around.log, erasures);
    const result = await giveOrders(around, target, (holds) => lapseOf(erasures, due, holds));
    if (result !== 'behind' || wait === MOST_WAITS) return result;
    await sleep(WAIT_MS);
  }
}
