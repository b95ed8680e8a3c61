import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KeyClass, keyClasses, lastLapsed, type Ordered, type Timestamp } from '@candor/domain';
import { type Hold, offboardedLogs } from '@candor/read-models';
import { applyOrders } from '@candor/vault';
import { classOf } from '../following/failure.js';
import { oneByOne } from './one-by-one.js';
import { ERASURE, type ErasureSurroundings, giveOrders, type Plan } from './orders.js';

/** Orders for one look at what is due. */
const MOST_AT_ONCE = 200;

/** Keys named at once, so that their orders fit into one append (formats v1 §1.4). The others follow with the next look. */
const MOST_NAMED = 20_000;

type Whole = Extract<Ordered, { readonly rule: 'offboarding' | 'retention' }> & { readonly keys?: undefined };

/** Something of one log that is to lapse. */
interface Due {
  readonly log: string;
  readonly whole: Whole;
}

/**
 * Lets keys lapse: those of contracts that ended, all of them, and those of classes at the end of their term. One order
 * for each log, class and period (formats v1 §3.7); keys under a hold stay, and then the others are named. Receipts follow as
 * of any erasure. What is in trouble in one log does not hold up the others.
 * @returns how many orders were given
 * @throws a trouble that passes
 */
export async function orderLapses(around: ErasureSurroundings): Promise<number> {
  const at = new Date(around.now()).toISOString();
  const ended = await endedLogs(around, at);
  const due = (await around.vault.erasures.logsWithKeys([...ended])).map((log): Due => ({
    log,
    whole: { rule: 'offboarding' },
  }));
  for (const retention of keyClasses) due.push(...(await dueOf(around, retention, ended, at)));
  let given = 0;
  const work = async ({ log, whole }: Due): Promise<boolean> => {
    const result = await lapse(around, log, whole);
    if (result === 'ordered') given++;
    return result !== 'behind' && given < MOST_AT_ONCE;
  };
  await oneByOne(due, work, ({ log }, error) => {
    around.logger.error({ reactor: ERASURE, log, reason: classOf(error) }, 'keys of a log could not lapse');
  });
  return given;
}

/** Milliseconds between looks at the view, and how many. */
const WAIT_MS = 50;
const MOST_WAITS = 100;

async function endedLogs({ pool }: ErasureSurroundings, at: Timestamp): Promise<ReadonlySet<string>> {
  const logs = new Set<string>();
  for (const { tenant, fact } of await offboardedLogs(pool))
    if (fact.type === 'tenant.offboarded' && fact.body.returnUntil <= at) logs.add(tenant);
  return logs;
}

/** Of the logs whose contract has not ended. */
async function dueOf(
  { vault, terms }: ErasureSurroundings,
  retention: KeyClass,
  ended: ReadonlySet<string>,
  at: Timestamp,
): Promise<readonly Due[]> {
  const last = lastLapsed(retention, terms.retentionDays[retention], at);
  const places = await vault.erasures.livingPlaces(retention, last);
  return places
    .filter(({ log }) => !ended.has(log))
    .map(({ log, period }) => ({ log, whole: { rule: 'retention', class: retention, period } }));
}

type Given = Awaited<ReturnType<typeof giveOrders>>;

/** The order before has put the view behind: it is waited for, but no further than a view that stands still. */
async function lapse(around: ErasureSurroundings, tenant: string, whole: Whole): Promise<Given> {
  const target = { tenant, erasure: randomUUID(), cause: null };
  for (let wait = 0; ; wait++) {
    // The next order follows the last one that was carried out.
    await applyOrders(around.log, around.vault.erasures);
    const result = await giveOrders(around, target, (holds) => planOf(around, tenant, whole, holds));
    if (result !== 'behind' || wait === MOST_WAITS) return result;
    await sleep(WAIT_MS);
  }
}

async function planOf(
  { vault }: ErasureSurroundings,
  log: string,
  whole: Whole,
  holds: readonly Hold[],
): Promise<Plan> {
  const [retention, period] = 'class' in whole ? [whole.class, whole.period] : [null, null];
  const most = holds.length === 0 ? 1 : MOST_NAMED;
  const { held, keys } = await vault.erasures.freeKeys({ log, retention, period }, holds, most);
  if (keys.length === 0) return held ? 'held' : 'nothing';
  return held ? { rule: whole.rule, keys } : whole;
}
