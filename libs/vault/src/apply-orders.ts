import { decodeEntry, type Entry, type EventLog, VaultUnavailable } from '@candor/event-store';
import type { ErasureVault, KeyOrder } from './erasure-vault.js';

/** The one stream of all orders (formats v1 §3.5). */
export const ORDERS = 'keyerasures-all';

/** What the vault has carried out is not what the log says: one of the two was set back, or is another's. */
export class OrdersDiffer extends VaultUnavailable {
  override readonly name = 'VaultUnavailable';
}

/**
 * Carries out every order of the log that the vault has not: also those that a vault restored from a backup has done
 * before (formats v1 §3.6). Nothing may be opened before.
 * @returns the revision of the last order, −1 where there is none
 * @throws OrdersDiffer the log lacks the last order that the vault has carried out; LogUnavailable, VaultUnavailable
 */
export async function applyOrders(log: EventLog, vault: ErasureVault): Promise<bigint> {
  const done = await vault.erasuresApplied();
  let last = -1n;
  const from = done.revision < 0n ? 0n : done.revision;
  for await (const stored of log.readStream(ORDERS, { from })) {
    last = stored.revision;
    if (last > done.revision) await vault.applyErasure(last, orderOf(decodeEntry(stored).json));
    else if (stored.id !== done.event) throw new OrdersDiffer('the log has another order than the vault');
  }
  if (last < done.revision) throw new OrdersDiffer('the log lacks orders that the vault has carried out');
  return last;
}

/**
 * What an order asks for. An entry of a build that says more than this one knows is not carried out by half: read with a
 * member missing it would be an order for the whole log.
 * @throws VaultUnavailable
 */
function orderOf({ id, type, schema, log, body }: Entry['json']): KeyOrder {
  if (type !== 'log.erasure-ordered' || schema !== 1 || log === null)
    throw new VaultUnavailable('the log has an order that this build does not know');
  const {
    keys,
    class: retention,
    period,
  } = body as {
    readonly keys: readonly string[] | null;
    readonly class: string | null;
    readonly period: string | null;
  };
  return { event: id, log, keys, retention, period };
}
