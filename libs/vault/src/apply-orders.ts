import { type Entry, decodeEntry, type EventLog, VaultUnavailable } from '@candor/event-store';
import { ORDER_LOST, type ErasureOrdered } from '@candor/domain';
import type { CarriedOrder, ErasuresApplied, ErasureVault, KeyOrder } from './erasure-vault.js';

/** The one stream of all orders (formats v1 §3.5). */
export const ORDERS = 'keyerasures-all';

/** What the vault has carried out is not what the log says: one of the two was set back, or is another's. */
export class OrdersDiffer extends VaultUnavailable {
  override readonly name = 'VaultUnavailable';
}

/**
 * Carries out every order of the log that the vault has not: also those that a vault restored from a backup has done
 * before (formats v1 §3.6). Nothing may be opened before. Where the vault stands is found anew after orders were brought back in
 * another place, or given again because they were lost (ADR 31).
 * @returns the revision of the last order, −1 where there is none
 * @throws OrdersDiffer the vault has erased a key that no order of the log names; LogUnavailable, VaultUnavailable
 */
export async function applyOrders(log: EventLog, vault: ErasureVault): Promise<bigint> {
  const done = await vault.erasuresApplied();
  let last = -1n;
  const from = done.revision < 0n ? 0n : done.revision;
  for await (const stored of log.readStream(ORDERS, { from })) {
    last = stored.revision;
    if (last > done.revision) await vault.applyErasure(last, orderOf(decodeEntry(stored).json));
    else if (stored.id !== done.event) return findPlace(log, vault, done);
  }
  return last < done.revision ? findPlace(log, vault, done) : last;
}

/**
 * Finds out anew where the vault stands: an order is known by its event, wherever it stands. One that the log lacks is missed by
 * nobody once every key it took is named by another one, which a vault restored from any backup carries out again.
 * @throws OrdersDiffer
 */
async function findPlace(log: EventLog, vault: ErasureVault, done: ErasuresApplied): Promise<bigint> {
  const difference = await differenceOf(log, vault);
  for await (const { order } of unsaidIn(difference, vault, KEYS_AT_ONCE))
    throw new OrdersDiffer(`the log lacks order ${order} that the vault has carried out`);
  for (const order of difference.unknown) await vault.carryOut(order);
  await vault.standAt(done, difference.last);
  return difference.last.revision;
}

/** Keys that an order took which the log lacks, and that no other order of it names. */
export interface UnsaidErasure {
  /** The event of the order. */
  readonly order: string;
  readonly log: string;
  /** What it followed from; null: it was carried out before that was kept. */
  readonly rule: KeyOrder['rule'] | null;
  readonly ground: KeyOrder['ground'] | null;
  /** Ascending. */
  readonly keys: readonly string[];
}

/**
 * What the vault has erased and the log does not say, order by order, `most` keys at a time. None where the log has every order.
 * @throws LogUnavailable, VaultUnavailable
 */
export async function* unsaidErasures(
  log: EventLog,
  vault: ErasureVault,
  most: number,
): AsyncGenerator<UnsaidErasure> {
  yield* unsaidIn(await differenceOf(log, vault), vault, most);
}

/** What vault and log know of orders that the other does not. */
interface Difference {
  /** Carried out, and not in the log. */
  readonly missing: readonly CarriedOrder[];
  /** In the log, and not carried out. */
  readonly unknown: readonly KeyOrder[];
  /** The end of the log's orders. */
  readonly last: ErasuresApplied;
}

const ORDERS_AT_ONCE = 10_000;

/** An order may have taken a million keys, all of them named again: they are looked through in parts. */
const KEYS_AT_ONCE = 20_000;

async function differenceOf(log: EventLog, vault: ErasureVault): Promise<Difference> {
  // The vault first: what is ordered and carried out meanwhile is no order that the log lacks.
  const carried = new Map<string, CarriedOrder>();
  let page: readonly CarriedOrder[] = [];
  do {
    page = await vault.ordersCarriedOut(page.at(-1)?.nth ?? -1n, ORDERS_AT_ONCE);
    for (const one of page) carried.set(one.event, one);
  } while (page.length === ORDERS_AT_ONCE);
  const unknown: KeyOrder[] = [];
  let last: ErasuresApplied = { revision: -1n, event: null };
  for await (const stored of log.readStream(ORDERS)) {
    last = { revision: stored.revision, event: stored.id };
    if (!carried.delete(stored.id)) unknown.push(orderOf(decodeEntry(stored).json));
  }
  return { missing: [...carried.values()], unknown, last };
}

async function* unsaidIn(
  { missing, unknown }: Difference,
  vault: ErasureVault,
  most: number,
): AsyncGenerator<UnsaidErasure> {
  const named = new Set(unknown.flatMap(({ log, keys }) => (keys ?? []).map((key) => `${log} ${key}`)));
  for (const { event: order, log, rule, ground } of missing) {
    let keys: readonly string[] = [];
    do {
      keys = await vault.keysTaken(order, keys.at(-1) ?? null, most);
      const unsaid = keys.filter((key) => !named.has(`${log} ${key}`));
      if (unsaid.length > 0) yield { order, log, rule, ground, keys: unsaid };
    } while (keys.length === most);
  }
}

/**
 * What an order asks for. An entry of a build that says more than this one knows is not carried out by half: read with a
 * member missing it would be an order for the whole log.
 * @throws VaultUnavailable
 */
function orderOf({ id, type, schema, log, body, reason }: Entry['json']): KeyOrder {
  if (type !== 'log.erasure-ordered' || schema !== 1 || log === null)
    throw new VaultUnavailable('the log has an order that this build does not know');
  const { keys, class: retention, period, rule, ground } = body as unknown as ErasureOrdered['body'];
  return { event: id, log, keys, retention, period, rule, ground, again: reason?.code === ORDER_LOST };
}
