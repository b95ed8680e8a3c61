import { expect, test } from '@jest/globals';
import { KeyServiceFault } from '@candor/crypto';
import { LogUnavailable, VaultUnavailable } from '@candor/event-store';
import { passes } from './failure.js';

test.each([
  [new LogUnavailable('away'), true],
  [new VaultUnavailable('away'), true],
  [new KeyServiceFault('unavailable', 'away'), true],
  [new KeyServiceFault('refused', 'does not open'), false],
  [new KeyServiceFault('unknown-version', 'destroyed'), false],
  [new TypeError('a bug'), false],
  ['text', false],
])('%s passes by itself: %s', (reason, expected) => {
  expect(passes(reason)).toBe(expected);
});
