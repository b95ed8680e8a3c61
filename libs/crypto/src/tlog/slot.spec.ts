import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { fromHex, hex } from '../encoding.js';
import { slotBlind, slotKey } from './slot.js';

interface Golden {
  readonly kSlots: string;
  readonly keys: readonly { slot: number; key: string }[];
  readonly blinds: readonly { slot: number; epoch: string; r: string }[];
}
const golden = readGolden('crypto-v1/slot.json') as Golden;
const kSlots = fromHex(golden.kSlots);

test('the cross-check at the end of formats v1', () => {
  const key = slotKey(new Uint8Array(32).fill(9), 2);
  expect(hex(key)).toBe('f19393b622848a20647cc105ea7ac3f6d3b7e40080a6dd27e949bd35c25dda64');
  expect(hex(slotBlind(key, 0n))).toBe('e94b4962611988aa2e91c1f005d5d35833faca148a7265870863b8272c5a31d8');
});

test.each(golden.keys)('the key of slot $slot', ({ slot, key }) => {
  expect(hex(slotKey(kSlots, slot))).toBe(key);
});

test.each(golden.blinds)('the blinding of slot $slot in epoch $epoch', ({ slot, epoch, r }) => {
  expect(hex(slotBlind(slotKey(kSlots, slot), BigInt(epoch)))).toBe(r);
});
