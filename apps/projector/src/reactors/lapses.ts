import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { covers, type KeyClass, keyClasses, lapsesAt, type Ordered, type Timestamp } from '@candor/domain';
import { type Hold, offboardedLogs } from '@candor/read-models';
import { applyOrders, type LivingKey, type LivingPlace } from '@candor/vault';
import { type ErasureSurroundings, giveOrders, type Plan } from './orders.js';

/** Orders for one look at what is due. */
const MOST_AT_ONCE = 200;

/** Keys named at once, so that their orders fit into one append (formats v1 §1.4). The others follow with the next look. */
const MOST_NAMED = 20_000;

/**
 * Lets keys lapse: those of contracts that ended, all of them, and those of classes at the end of their term. One order
 * for each log, class and period (formats v1 §3.7); keys under a hold stay, and then the others are named. Receipts follow as
 * of any erasure.
 * @returns how many orders were given
 */
export async function orderLapses(around: ErasureSurroundings): Promise<number> {
  const at = new Date(around.now()).toISOString();
  const places = await around.vault.erasures.livingPlaces();
  const ended = await endedLogs(around, at);
  let given = 0;
  for (const log of ended) {
    if (!places.some((place) => place.log === log)) continue;
    const result = await lapse(around, log, { rule: 'offboarding' });
    if (result === 'behind') return given;
    if (result === 'ordered') given++;
  }
  for (const { log, retention, period } of dueOf(places, around.terms.retentionDays, at)) {
    if (given >= MOST_AT_ONCE) break;
    if (ended.has(log)) continue;
    const result = await lapse(around, log, { rule: 'retention', class: retention, period });
    if (result === 'behind') return given;
    if (result === 'ordered') given++;
  }
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

interface DuePlace extends LivingPlace {
  readonly retention: KeyClass;
}

function dueOf(
  places: readonly LivingPlace[],
  terms: Readonly<Record<KeyClass, number>>,
  at: Timestamp,
): readonly DuePlace[] {
  return places.filter(
    (place): place is DuePlace =>
      isClass(place.retention) && lapsesAt(place.period, terms[place.retention]) <= at,
  );
}

const isClass = (name: string): name is KeyClass => (keyClasses as readonly string[]).includes(name);

type Given = Awaited<ReturnType<typeof giveOrders>>;
type Whole = Extract<Ordered, { readonly rule: 'offboarding' | 'retention' }> & { readonly keys?: undefined };

/** The order before has put the view behind: it is waited for, but no further than a view that stands still. */
async function lapse(around: ErasureSurroundings, tenant: string, whole: Whole): Promise<Given> {
  const target = { tenant, erasure: randomUUID(), cause: null };
  for (let wait = 0; ; wait++) {
    // The next order follows the last one that was carried out.
    await applyOrders(around.log, around.vault.erasures);
    const result = await giveOrders(around, target, async (holds) => {
      const keys = (await around.vault.erasures.livingKeys(tenant, null)).filter(
        (key) => !('class' in whole) || (key.retention === whole.class && key.period === whole.period),
      );
      return planOf(whole, keys, holds);
    });
    if (result !== 'behind' || wait === MOST_WAITS) return result;
    await sleep(WAIT_MS);
  }
}

function planOf(whole: Whole, keys: readonly LivingKey[], holds: readonly Hold[]): Plan {
  if (keys.length === 0) return 'nothing';
  const free = keys.filter(
    ({ subject, retention }) => !holds.some((hold) => covers(hold, { subject, class: retention })),
  );
  if (free.length === keys.length) return whole;
  if (free.length === 0) return 'held';
  return { rule: whole.rule, keys: free.slice(0, MOST_NAMED).map(({ keyId }) => keyId) };
}
