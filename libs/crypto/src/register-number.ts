import { requireLength, utf8 } from './encoding.js';
import { hmac } from './hash.js';

/** A number as registers print it, in one form: spaces and case differ, the number does not (ADR 27). */
export function normalizeRegisterNumber(number: string): string {
  return number.replace(/\s/g, '').toUpperCase();
}

/**
 * HMAC(K_blind[platform], "candor-register-number/v1\n" ‖ country ‖ "\n" ‖ normalised number), 32 bytes (ADR 30): what is kept
 * of a register number, so that no two logs have one. The number is normalised here.
 * @param country ISO 3166-1 alpha-2
 */
export function registerNumberIndex(kBlind: Uint8Array, country: string, number: string): Uint8Array {
  requireLength(kBlind, 32, 'K_blind');
  return hmac(kBlind, utf8(`candor-register-number/v1\n${country}\n${normalizeRegisterNumber(number)}`));
}
