import {
  type CompleteErasure,
  covers,
  DAY,
  erasureDecider,
  type ErasureOrdered,
  type ErasureRequested,
  ORDER_LOST,
  plus,
  type Timestamp,
  type Uuid,
} from '@candor/domain';
import {
  countSealed,
  type ErasureFact,
  erasureFacts,
  logSize,
  type ToldSink,
  toldSinks,
  ViewBehind,
  ViewFailed,
  waitForView,
} from '@candor/read-models';
import { applyOrders } from '@candor/vault';
import { destructionPlan, finalAt } from './final-at.js';
import { type ErasureSurroundings, ERASURE, giveOrders, isLevel, VIEW } from './orders.js';
import { commandId, contextOf, DEADLINE_MS } from './reactor.js';

/** Where entries are counted. */
const AUDIT_LOG = 'audit_log_v1';

interface Order {
  readonly event: Uuid;
  readonly at: Timestamp;
  /** It stands for an order that is lost. */
  readonly again: boolean;
  readonly body: ErasureOrdered['body'];
}

/** Where an erasure is: how far the next steps can go depends on nothing else (formats v1 §3.5). */
interface Progress {
  readonly tenant: Uuid;
  readonly erasure: Uuid;
  readonly request: ErasureRequested['body'] | null;
  readonly confirmed: ErasureFact | null;
  readonly orders: readonly Order[];
}

/**
 * The next steps of one erasure, as many as can be done now. Each leaves what it did in the log or the vault, so that it
 * goes on from wherever a process ended.
 * @returns whether it waits for people; `refused` where its receipt would be refused again
 */
export async function finishErasure(
  around: ErasureSurroundings,
  tenant: Uuid,
  erasure: Uuid,
): Promise<'waiting' | 'moved' | 'refused'> {
  const progress = progressOf(tenant, erasure, await erasureFacts(around.pool, tenant, 'erasure', erasure));
  if (progress.orders.length === 0) {
    const ordered = await orderKeys(around, progress);
    if (ordered !== 'nothing') return ordered === 'held' ? 'waiting' : 'moved';
    // The view was level with every order there is only then: one of this erasure may have been too young for the facts.
    const facts = await erasureFacts(around.pool, tenant, 'erasure', erasure);
    if (progressOf(tenant, erasure, facts).orders.length > 0) return 'moved';
  }
  if (!(await isForgotten(around, progress))) return 'moved';
  const sinks = await toldSinks(around.pool, tenant, erasure);
  if (!sinksAreDone(around, progress, sinks)) return 'waiting';
  if (!(await hasEveryOrder(around, progress))) return 'moved';
  if (!(await isCounted(around))) return 'waiting';
  return (await complete(around, progress, sinks)) ? 'moved' : 'refused';
}

function progressOf(tenant: Uuid, erasure: Uuid, facts: readonly ErasureFact[]): Progress {
  const orders: Order[] = [];
  let request: Progress['request'] = null;
  let confirmed: ErasureFact | null = null;
  for (const one of facts) {
    if (one.fact.type === 'log.erasure-requested') request = one.fact.body;
    if (one.fact.type === 'log.erasure-confirmed') confirmed = one;
    if (one.fact.type === 'log.erasure-ordered')
      orders.push({
        event: one.event,
        at: one.at,
        again: one.reason === ORDER_LOST,
        body: one.fact.body,
      });
  }
  return { tenant, erasure, request, confirmed, orders };
}

/** Orders of one append may come into the view one after the other: a receipt names all of them or is not written. */
async function hasEveryOrder(
  around: ErasureSurroundings,
  { tenant, erasure, orders }: Progress,
): Promise<boolean> {
  if (!(await isLevel(around))) return false;
  const facts = await erasureFacts(around.pool, tenant, 'erasure', erasure);
  return progressOf(tenant, erasure, facts).orders.length === orders.length;
}

/** What was ordered is seen, and gone on with, in another round. */
async function orderKeys(
  around: ErasureSurroundings,
  progress: Progress,
): Promise<'ordered' | 'nothing' | 'held' | 'behind'> {
  const { tenant, erasure, request, confirmed } = progress;
  if (request === null || confirmed === null) return 'behind';
  const { subjects, ground } = request;
  const { vault, log, logger } = around;
  const result = await giveOrders(around, { tenant, erasure, cause: confirmed.event }, async (holds) => {
    const keys = await vault.erasures.livingKeys(tenant, subjects);
    const held = keys.some(({ subject, retention }) =>
      holds.some((hold) => covers(hold, { subject, class: retention })),
    );
    if (held) return 'held';
    return keys.length === 0 ? 'nothing' : { rule: 'erasure', ground, keys: keys.map(({ keyId }) => keyId) };
  });
  if (result === 'held') logger.info({ reactor: ERASURE, erasure }, 'a hold keeps an erasure waiting');
  if (result === 'ordered') await applyOrders(log, vault.erasures);
  return result;
}

/** The vault has lost the keys, and no process can know one of them. */
async function isForgotten({ vault }: ErasureSurroundings, { tenant, orders }: Progress): Promise<boolean> {
  if (orders.length === 0) {
    // Nothing was left to order: another order may have taken the keys just now.
    const last = await vault.erasures.lastOrder(tenant);
    return last === null || vault.erasures.forgotten(last);
  }
  const done = await vault.erasures.carriedOut(orders.map(({ event }) => event));
  return done.orders === orders.length && done.nth !== null && vault.erasures.forgotten(done.nth);
}

/** Every sink has confirmed or keeps nothing any more, or has had its time; of what others ordered, telling is enough. */
function sinksAreDone(
  { now, terms }: ErasureSurroundings,
  { orders, confirmed }: Progress,
  sinks: readonly ToldSink[],
): boolean {
  const done = new Set<string>(
    orders.length > 0 ? ['confirmed', 'removed'] : ['confirmed', 'removed', 'told'],
  );
  if (sinks.every(({ state }) => done.has(state))) return true;
  const since = orders[0]?.at ?? confirmed?.at;
  return since === undefined || Date.parse(since) + terms.sinkHours * 3_600_000 <= now();
}

/** How long the audit log's view is waited for, in milliseconds; then others come first. */
const COUNTING_MS = 250;

/**
 * The view that entries are counted in has everything that stands in the log by now: whatever was sealed under the keys, also
 * while it is built anew.
 */
async function isCounted({ log, listener, logger }: ErasureSurroundings): Promise<boolean> {
  const from = listener.standing(VIEW)?.position ?? null;
  let end = from ?? -1n;
  for await (const { position } of log.readAll(from === null ? {} : { from })) end = position;
  try {
    await waitForView(listener, AUDIT_LOG, end, COUNTING_MS);
    return true;
  } catch (error) {
    if (!(error instanceof ViewBehind) && !(error instanceof ViewFailed)) throw error;
    logger.warn({ reactor: ERASURE, view: AUDIT_LOG }, 'a receipt waits for a view');
    return false;
  }
}

/** @returns false where the receipt is refused */
async function complete(
  around: ErasureSurroundings,
  progress: Progress,
  sinks: readonly ToldSink[],
): Promise<boolean> {
  const { vault, executor, platform, now } = around;
  const { tenant, erasure, request, confirmed, orders } = progress;
  if (request !== null) await vault.erasures.forgetSubjects(tenant, request.subjects);
  const at = new Date(now()).toISOString();
  const command = await receiptOf(around, progress, at, sinks);
  const cause = confirmed?.event ?? orders[0]?.event ?? erasure;
  const result = await executor.execute(erasureDecider, {
    stream: `erasure-${erasure}`,
    command,
    commandId: await commandId(vault, tenant, `${ERASURE}-receipt`, cause),
    causation: cause,
    context: contextOf(platform, tenant, at, erasure),
    deadline: now() + DEADLINE_MS,
  });
  if (!result.ok) {
    around.logger.error(
      { reactor: ERASURE, erasure, result: result.rejection.code },
      'a reaction was refused',
    );
    return false;
  }
  const unreached = sinks.filter(({ state }) => state === 'unreached').map(({ sink }) => sink);
  if (unreached.length === 0) return true;
  around.meter?.unreached(unreached.length);
  around.logger.error(
    { reactor: ERASURE, erasure, tenant, sinks: unreached },
    'sinks were not reached by an erasure',
  );
  return true;
}

async function receiptOf(
  around: ErasureSurroundings,
  progress: Progress,
  at: Timestamp,
  sinks: readonly ToldSink[],
): Promise<CompleteErasure> {
  const { erasure, orders } = progress;
  const { vault, terms, keyService } = around;
  const events = orders.map(({ event }) => event);
  const { keys, generations } = await vault.erasures.carriedOut(events);
  const plan = await destructionPlan(keyService, terms.generationDays);
  return {
    kind: 'complete-erasure',
    at,
    erasure,
    rule: orders[0]?.body.rule ?? 'erasure',
    again: orders[0]?.again ?? false,
    orders: events,
    keyCount: keys,
    entryCount: await entriesOf(around, progress),
    sinks,
    finalAt: finalAt(generations, plan, at),
    backupsUntil: plus(at, terms.backupDays * DAY),
  };
}

/** Keys read by one statement. */
const KEYS = 10_000;

/** How many entries hold something sealed under the keys. */
async function entriesOf(
  { pool, vault }: ErasureSurroundings,
  { tenant, orders }: Progress,
): Promise<number> {
  async function* taken(): AsyncGenerator<readonly Uuid[]> {
    for (const { event } of orders) {
      let keys: readonly Uuid[] = [];
      do yield (keys = await vault.erasures.keysTaken(event, keys.at(-1) ?? null, KEYS));
      while (keys.length === KEYS);
    }
  }
  return countSealed(pool, tenant, await logSize(pool, tenant), taken());
}
