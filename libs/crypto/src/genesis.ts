import { sha256 } from '#platform';
import { base32, u32 } from './encoding.js';
import { FormatFault } from './fault.js';

/** `<operator>` is part of a signed note's key name: no white space, no control character, no `+` (and no `/` at the ends). */
const OPERATOR = /^[^\s\p{Cc}\p{White_Space}+/]+(?:\/[^\s\p{Cc}\p{White_Space}+/]+)*$/u;

/**
 * A log's origin: `<operator>/t/<slot>-<base32 of H(entry 0)>`, all 52 characters (formats v1 §1.7).
 * @param entry0 the bytes of `tenant.registered`, or of `platform.installed` for the platform's log
 * @throws FormatFault `origin.malformed`, `number.range`
 */
export function logOrigin(operator: string, slot: number, entry0: Uint8Array): string {
  if (operator.length > 200 || !OPERATOR.test(operator)) {
    throw new FormatFault('origin.malformed', 'an operator is a name without white space and plus sign');
  }
  u32(slot);
  return `${operator}/t/${slot}-${base32(sha256(entry0))}`;
}
