import type { KeyAdministration } from '@candor/crypto';
import { orderDecider, type Ordered, type Timestamp, type Uuid } from '@candor/domain';
import {
  type Codec,
  type EncodedEvent,
  type EventLog,
  type ExpectedRevision,
  passing,
  WrongExpectedRevision,
} from '@candor/event-store';
import { type Hold, holdsOf, type ViewListener } from '@candor/read-models';
import { type LogVault, ORDERS, ORDERS_SENT_WITHIN, orderTurn } from '@candor/vault';
import type { ErasureTerms } from './erasure-terms.js';
import { commandId, contextOf, type ReactorSurroundings } from './reactor.js';

export const ERASURE = 'erasure';
/** Where orders and holds are looked for. */
export const VIEW = 'erasures_v1';

/** Is told what is alarmed, and how far things are behind. MUST NOT throw. */
export interface ErasureMeter {
  readonly unreached: (sinks: number) => void;
  readonly trouble: () => void;
  /** What is confirmed or ordered and has no receipt, and how long the oldest of it waits. */
  readonly unfinished: (count: number, oldestSeconds: number) => void;
  /** What is due and was not ordered, and when that was looked at, milliseconds since 1970. */
  readonly lapses: (due: number, at: number) => void;
}

export interface ErasureSurroundings extends ReactorSurroundings {
  readonly log: EventLog;
  readonly codec: Codec;
  readonly vault: LogVault;
  readonly listener: ViewListener;
  readonly terms: ErasureTerms;
  readonly meter?: ErasureMeter;
  /** Who knows when key generations are destroyed. */
  readonly keyService: Pick<KeyAdministration, 'generations' | 'destroyDelay'>;
}

/** What there is to order, seen while no hold can be placed: or that there is nothing, or that holds cover it. */
export type Plan = Ordered | 'nothing' | 'held';

interface Target {
  readonly tenant: Uuid;
  readonly erasure: Uuid;
  readonly cause: Uuid | null;
}

/**
 * Gives orders of one erasure, all in one append. Meanwhile nobody places a hold in this log, and what is planned on has
 * seen every hold and order there is: `behind` where the view has not. A turn can be lost on the way; that orders are coming
 * is announced before holds are looked at, so that whoever places one then does not say so before it is known what came.
 */
export function giveOrders(
  around: ErasureSurroundings,
  target: Target,
  plan: (holds: readonly Hold[], at: Timestamp) => Promise<Plan>,
): Promise<'ordered' | 'nothing' | 'held' | 'behind'> {
  const { vault } = around;
  return vault.erasures.inTurn(orderTurn(target.tenant), async () => {
    const elapsed = passing();
    const since = elapsed();
    const takeBack = await vault.erasures.announceOrders(target.tenant);
    const sent = { unknown: false };
    try {
      const orders = await prepare(around, target, plan);
      if (typeof orders === 'string') return orders;
      // Whoever waits for what was announced does not wait longer.
      if (elapsed() - since > ORDERS_SENT_WITHIN) return 'behind';
      sent.unknown = true;
      const result = await append(around, orders);
      sent.unknown = false;
      return result;
    } finally {
      if (!sent.unknown) await takeBack();
    }
  });
}

interface Prepared {
  readonly expected: ExpectedRevision;
  readonly events: readonly EncodedEvent[];
}

async function prepare(
  around: ErasureSurroundings,
  { tenant, erasure, cause }: Target,
  plan: (holds: readonly Hold[], at: Timestamp) => Promise<Plan>,
): Promise<Prepared | 'nothing' | 'held' | 'behind'> {
  const { vault, codec, pool, platform, now } = around;
  if (!(await isLevel(around))) return 'behind';
  const at = new Date(now()).toISOString();
  const { holds, more } = await holdsOf(pool, tenant, at);
  // More than can be looked at: nothing is known not to be held.
  if (more) return 'held';
  const planned = await plan(holds, at);
  if (typeof planned === 'string') return planned;
  const decision = orderDecider.decide(orderDecider.initial, { ...planned, kind: 'order-erasure', at });
  if (!decision.ok) return 'nothing';
  const context = contextOf(platform, tenant, at, erasure);
  const command = await commandId(vault, tenant, ERASURE, cause ?? erasure);
  const drafts = decision.events.map((event) => ({
    stream: ORDERS,
    event,
    context,
    command,
    causation: cause,
  }));
  const { revision } = await vault.erasures.erasuresApplied();
  const events = await codec.encode(drafts);
  // Preparing may have taken a while.
  if (!(await isLevel(around))) return 'behind';
  return { expected: revision < 0n ? 'no-stream' : revision, events };
}

async function append(
  { log }: ErasureSurroundings,
  { expected, events }: Prepared,
): Promise<'ordered' | 'behind'> {
  try {
    await log.append(ORDERS, expected, events);
    return 'ordered';
  } catch (error) {
    // Somebody else ordered: what is planned on is not all there is.
    if (error instanceof WrongExpectedRevision) return 'behind';
    throw error;
  }
}

/** Whether the view has every order and every hold of the log. */
export async function isLevel({ log, listener }: ErasureSurroundings): Promise<boolean> {
  const passed = listener.standing(VIEW)?.position ?? null;
  const filter = { on: 'type', prefixes: ['log.hold-', 'log.erasure-ordered'] } as const;
  const from = passed === null ? {} : { from: passed };
  for await (const { position } of log.readAll({ ...from, filter }))
    if (passed === null || position > passed) return false;
  return true;
}
