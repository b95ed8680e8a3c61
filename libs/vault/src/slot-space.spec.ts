import { expect, test } from '@jest/globals';
import { slotSpace } from './slot-space.js';

test.each([
  [0, 1024],
  [511, 1024],
  [512, 2048],
  [1023, 2048],
  [1024, 4096],
])('%i used need %i', (used, slots) => {
  expect(slotSpace(used)).toBe(slots);
});
