import { concat, requireLength, u32, u64, utf8 } from '../encoding.js';
import { hmacSha256 } from '#platform';

const KEY_LABEL = utf8('candor-slot-key/v1\n');
const BLIND_LABEL = utf8('candor-slot-blind/v1\n');

/** K_slot[s] = HMAC(K_slots, "candor-slot-key/v1\n" ‖ u32(s)) (formats v1 §5.2). */
export function slotKey(kSlots: Uint8Array, slot: number): Uint8Array {
  requireLength(kSlots, 32, 'K_slots');
  return hmacSha256(kSlots, concat(KEY_LABEL, u32(slot)));
}

/** r[e,s] = HMAC(K_slot[s], "candor-slot-blind/v1\n" ‖ u64(e)) (formats v1 §5.2). */
export function slotBlind(key: Uint8Array, epoch: bigint): Uint8Array {
  requireLength(key, 32, 'K_slot');
  return hmacSha256(key, concat(BLIND_LABEL, u64(epoch)));
}
