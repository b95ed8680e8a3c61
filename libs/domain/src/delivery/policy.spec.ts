import { expect, test } from '@jest/globals';
import { deliveryStatuses, isTerminal, rankOf, risen } from './policy.js';

test('states rise in their order; the ends are equal, and nothing follows them', () => {
  expect(deliveryStatuses.map(rankOf)).toEqual([0, 1, 2, 3, 4, 4, 4]);
  expect(deliveryStatuses.filter(isTerminal)).toEqual(['delivered', 'relayed', 'failed']);
});

test('a fact lifts the state or leaves it; of two ends the first stays', () => {
  for (const before of deliveryStatuses)
    for (const fact of deliveryStatuses)
      expect(risen(before, fact)).toBe(rankOf(fact) > rankOf(before) ? fact : before);
  expect(risen('delivered', 'failed')).toBe('delivered');
  expect(risen('deferred', 'attempted')).toBe('deferred');
});
