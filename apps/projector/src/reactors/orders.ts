import type { KeyAdministration } from '@candor/crypto';
import { orderDecider, type Ordered, type Timestamp, type Uuid } from '@candor/domain';
import { type Codec, type EventLog, WrongExpectedRevision } from '@candor/event-store';
import { erasureFacts, type Hold, holdsAt, MOST_FACTS, type ViewListener } from '@candor/read-models';
import { type LogVault, ORDERS, orderTurn } from '@candor/vault';
import type { ErasureTerms } from './erasure-terms.js';
import { commandId, contextOf, type ReactorSurroundings } from './reactor.js';

export const ERASURE = 'erasure';
/** Where orders and holds are looked for. */
export const VIEW = 'erasures_v1';

export interface ErasureSurroundings extends ReactorSurroundings {
  readonly log: EventLog;
  readonly codec: Codec;
  readonly vault: LogVault;
  readonly listener: ViewListener;
  readonly terms: ErasureTerms;
  /** Counts what is alarmed. */
  readonly meter?: { readonly unreached: (sinks: number) => void; readonly trouble: () => void };
  /** Who knows when key generations are destroyed. */
  readonly keyService: Pick<KeyAdministration, 'generations' | 'destroyDelay'>;
}

/** What there is to order, seen while no hold can be placed: or that there is nothing, or that holds cover it. */
export type Plan = Ordered | 'nothing' | 'held';

/**
 * Gives orders of one erasure, all in one append. Meanwhile nobody places a hold in this log, and what is planned on has
 * seen every hold and order there is: `behind` where the view has not.
 */
export function giveOrders(
  around: ErasureSurroundings,
  target: { readonly tenant: Uuid; readonly erasure: Uuid; readonly cause: Uuid | null },
  plan: (holds: readonly Hold[], at: Timestamp) => Promise<Plan>,
): Promise<'ordered' | 'nothing' | 'held' | 'behind'> {
  const { vault, pool, now } = around;
  return vault.erasures.inTurn(orderTurn(target.tenant), async () => {
    if (!(await isLevel(around))) return 'behind';
    const at = new Date(now()).toISOString();
    const facts = await erasureFacts(pool, target.tenant, 'hold');
    // More than can be looked at, whether their time is over or not: nothing is known not to be held.
    if (facts.length >= MOST_FACTS && facts.every(({ fact }) => fact.type === 'log.hold-placed'))
      return 'held';
    const planned = await plan(holdsAt(facts, at), at);
    if (typeof planned === 'string') return planned;
    return append(around, target, planned, at);
  });
}

async function append(
  around: ErasureSurroundings,
  { tenant, erasure, cause }: { readonly tenant: Uuid; readonly erasure: Uuid; readonly cause: Uuid | null },
  planned: Ordered,
  at: Timestamp,
): Promise<'ordered' | 'nothing' | 'behind'> {
  const { vault, codec, log, platform } = around;
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
  try {
    await log.append(ORDERS, revision < 0n ? 'no-stream' : revision, await codec.encode(drafts));
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
