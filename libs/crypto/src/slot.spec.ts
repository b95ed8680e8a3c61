import { expect, test } from '@jest/globals';
import { hex } from './encoding.js';
import { slotBlind, slotKey } from './slot.js';

test('the cross-check at the end of formats v1', () => {
  const key = slotKey(new Uint8Array(32).fill(9), 2);
  expect(hex(key)).toBe('f19393b622848a20647cc105ea7ac3f6d3b7e40080a6dd27e949bd35c25dda64');
  expect(hex(slotBlind(key, 0n))).toBe('e94b4962611988aa2e91c1f005d5d35833faca148a7265870863b8272c5a31d8');
});
