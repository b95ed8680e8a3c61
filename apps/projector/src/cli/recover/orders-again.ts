import { randomUUID } from 'node:crypto';
import { reactionCommandId } from '@candor/crypto';
import { type ErasureGround, erasureGrounds, ORDER_LOST, orderDecider, type Uuid } from '@candor/domain';
import type { Codec, EncodedEvent, EventLog, ExpectedRevision } from '@candor/event-store';
import { applyOrders, type LogVault, ORDERS, type UnsaidErasure, unsaidErasures } from '@candor/vault';
import { contextOf } from '../../reactors/reactor.js';
import { RecoveryFault } from './source.js';

/** Keys named in one append: their orders fit into it (formats v1 §1.4), and one receipt names them. */
const KEYS_TOGETHER = 20_000;

export interface OrdersAgainParts {
  /** Not guarded: writes are closed. */
  readonly log: EventLog;
  readonly codec: Codec;
  readonly platform: Uuid;
  readonly vault: Pick<LogVault, 'secrets' | 'erasures'>;
  readonly now: () => number;
  readonly say: (line: string) => void;
}

/**
 * Gives orders again that the vault has carried out and no copy of the store has any more (ADR 31): what they took is named by new
 * ones, key by key, so that every vault, also one restored from before, erases it. Nothing else is erased by that. Stopped anywhere
 * it goes on with what is not named yet.
 * @throws RecoveryFault when nothing is left of the log that they are of; LogUnavailable, VaultUnavailable
 */
export async function giveOrdersAgain(parts: OrdersAgainParts): Promise<void> {
  const { log, vault, say } = parts;
  const again = new Map<Uuid, number>();
  let end: ExpectedRevision | undefined;
  for await (const unsaid of unsaidErasures(log, vault.erasures, KEYS_TOGETHER)) {
    await requireLog(parts, unsaid.log);
    end = (await log.append(ORDERS, end ?? (await endOf(log)), await ordersFor(parts, unsaid))).revision;
    again.set(unsaid.log, (again.get(unsaid.log) ?? 0) + unsaid.keys.length);
  }
  if (again.size === 0) return;
  await applyOrders(log, vault.erasures);
  for (const [of, keys] of again)
    say(`Log ${of}: ${keys} keys were erased by orders that are lost, and are named by new ones.`);
}

/** How many keys of each log were erased by orders that the store does not have. */
export async function keysUnsaid(
  log: EventLog,
  vault: OrdersAgainParts['vault'],
): Promise<ReadonlyMap<Uuid, number>> {
  const found = new Map<Uuid, number>();
  for await (const { log: of, keys } of unsaidErasures(log, vault.erasures, KEYS_TOGETHER))
    found.set(of, (found.get(of) ?? 0) + keys.length);
  return found;
}

/** What is named of a log that has no entry would be its entry 0. */
async function requireLog({ log, platform }: OrdersAgainParts, of: Uuid): Promise<void> {
  for await (const { revision } of log.readStream(`${of === platform ? 'platform' : 'tenant'}-${of}`))
    if (revision === 0n) return;
  throw new RecoveryFault(
    `The vault has erased keys of log ${of}, and the store has nothing of that log, not even its entry 0: one of the two is another's, or a copy of the log is needed.`,
  );
}

async function endOf(log: EventLog): Promise<ExpectedRevision> {
  let end: ExpectedRevision = 'no-stream';
  for await (const { revision } of log.readStream(ORDERS)) end = revision;
  return end;
}

async function ordersFor(
  { codec, vault, platform, now }: OrdersAgainParts,
  unsaid: UnsaidErasure,
): Promise<readonly EncodedEvent[]> {
  const { order, log, keys } = unsaid;
  const at = new Date(now()).toISOString();
  const decision = orderDecider.decide(orderDecider.initial, {
    ...whyOf(unsaid),
    keys,
    kind: 'order-erasure',
    at,
  });
  if (!decision.ok) throw new RecoveryFault(`Order ${order} cannot be given again.`);
  const { kId } = await vault.secrets(log);
  const command = reactionCommandId(kId, { reactor: 'orders-again', cause: keys[0] ?? order, n: 0 });
  const context = {
    ...contextOf(platform, log, at, randomUUID()),
    reason: { code: ORDER_LOST, ticket: null },
  };
  return codec.encode(
    decision.events.map((event) => ({ stream: ORDERS, event, context, command, causation: null })),
  );
}

/** What an order followed from that was carried out before that was kept, nobody knows: that the law asked for it is certain. */
function whyOf({ rule, ground }: UnsaidErasure): Why {
  if (rule === 'retention' || rule === 'offboarding') return { rule };
  const known = erasureGrounds.find((one) => one === ground);
  return { rule: 'erasure', ground: known ?? 'legal-obligation' };
}

type Why =
  | { readonly rule: 'erasure'; readonly ground: ErasureGround }
  | { readonly rule: 'retention' | 'offboarding' };
