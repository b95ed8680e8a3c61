import { accept, reject, type Decider, type Decision } from '../kernel/decider.js';
import type { Timestamp, Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import type { KeyClass } from '../kernel/retention.js';
import { orderEvents, type ErasureOrdered } from './order-events.js';
import { KEYS_PER_ORDER, type ErasureGround, type OrderGround } from './vocabulary.js';

/** What is to be destroyed, and why: named keys, or all of a class and a period, or all of the log. */
export type Ordered =
  | { readonly rule: 'erasure'; readonly ground: ErasureGround; readonly keys: readonly Uuid[] }
  | { readonly rule: 'retention' | 'offboarding'; readonly keys: readonly Uuid[] }
  | { readonly rule: 'retention'; readonly class: KeyClass; readonly period: string }
  | { readonly rule: 'offboarding' };

/** To `keyerasures-all`, appended at the exact revision by whoever leads there. */
export type OrderErasure = Ordered & { readonly kind: 'order-erasure'; readonly at: Timestamp };

/** The stream remembers nothing that an order is decided by; named keys in any order become orders of 1,000 at most. */
export const orderDecider: Decider<OrderErasure, ErasureOrdered, Guarded<null>> = guard(
  { initial: null, decide: (_, command) => decide(command), evolve: (state) => state },
  { types: orderEvents, always: ['order-erasure'] },
);

function decide(command: OrderErasure): Decision<ErasureOrdered> {
  const { rule } = command;
  const ground = groundOf(command);
  if (!('keys' in command)) {
    const place = 'class' in command ? { class: command.class, period: command.period } : EVERYTHING;
    return accept({ type: 'log.erasure-ordered', body: { keys: null, ...place, rule, ground } });
  }
  const keys = [...new Set(command.keys)].sort();
  if (keys.length === 0) return reject('erasure.nothing-to-erase');
  const orders: ErasureOrdered[] = [];
  for (let n = 0; n < keys.length; n += KEYS_PER_ORDER) {
    const body = { keys: keys.slice(n, n + KEYS_PER_ORDER), ...EVERYTHING, rule, ground };
    orders.push({ type: 'log.erasure-ordered', body });
  }
  return accept(...orders);
}

const EVERYTHING = { class: null, period: null } as const;

/** GDPR Art. 5(1)(e) for what has reached its term, Art. 28(3)(g) for a contract that ended. */
function groundOf(order: Ordered): OrderGround {
  switch (order.rule) {
    case 'erasure':
      return order.ground;
    case 'retention':
      return 'storage-limitation';
    case 'offboarding':
      return 'contract-ended';
  }
}
