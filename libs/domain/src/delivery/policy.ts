import type { DeliveryEvent } from './events.js';

/** What a delivery's state can be, rising: a report never brings it down, in whatever order reports arrive. */
export const deliveryStatuses = [
  'none',
  'accepted',
  'attempted',
  'deferred',
  'delivered',
  'relayed',
  'failed',
] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** accepted < attempted < deferred < terminal; the three ends rank the same. 0 before anything was reported. */
export function rankOf(status: DeliveryStatus): number {
  switch (status) {
    case 'none':
      return 0;
    case 'accepted':
      return 1;
    case 'attempted':
      return 2;
    case 'deferred':
      return 3;
    case 'delivered':
    case 'relayed':
    case 'failed':
      return 4;
  }
}

export const isTerminal = (status: DeliveryStatus): boolean => rankOf(status) === 4;

/** The state a single fact speaks for. A conflict speaks for none. */
export function statusOf(type: DeliveryEvent['type']): DeliveryStatus {
  switch (type) {
    case 'delivery.accepted':
      return 'accepted';
    case 'delivery.attempted':
      return 'attempted';
    case 'delivery.deferred':
      return 'deferred';
    case 'delivery.delivered':
      return 'delivered';
    case 'delivery.relayed':
      return 'relayed';
    case 'delivery.failed':
      return 'failed';
    case 'delivery.conflict-detected':
      return 'none';
  }
}

/** The state after one more fact: the higher rank, and the first of the ends. */
export const risen = (before: DeliveryStatus, fact: DeliveryStatus): DeliveryStatus =>
  rankOf(fact) > rankOf(before) ? fact : before;
