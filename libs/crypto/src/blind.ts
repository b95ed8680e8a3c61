import { normalizeAddress } from './address.js';
import { requireLength, utf8 } from './encoding.js';
import { FormatFault } from './fault.js';
import { hmac } from './hash.js';
import { isUuid } from './uuid.js';

/** What a subject is. The kind is part of the blind index: the same address may be two subjects of two kinds. */
export type BlindKind = 'user' | 'employee' | 'recipient' | 'external' | 'tenant';

/**
 * The normalised value of a subject: of kind tenant the log's UUID; of any other kind a lower-case UUID as it is
 * (a person known by an id), or an address as `normalizeAddress` writes it.
 * @throws FormatFault `address.malformed`; `uuid.malformed` for a tenant
 */
export function normalizeSubject(kind: BlindKind, value: string): string {
  if (isUuid(value)) return value;
  if (kind === 'tenant') throw new FormatFault('uuid.malformed', "a tenant's value is its log's UUID");
  return normalizeAddress(value);
}

/**
 * blind = HMAC(K_blind[log], "candor-blind/v1\n" ‖ kind ‖ "\n" ‖ normalised value), 32 bytes (formats v1 §3.2). The
 * value is normalised here.
 * @throws FormatFault as `normalizeSubject`
 */
export function blindIndex(kBlind: Uint8Array, kind: BlindKind, value: string): Uint8Array {
  requireLength(kBlind, 32, 'K_blind');
  return hmac(kBlind, utf8(`candor-blind/v1\n${kind}\n${normalizeSubject(kind, value)}`));
}
