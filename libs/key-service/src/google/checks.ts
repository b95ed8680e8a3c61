import { BadAnswer } from './caller.js';
import { crc32c } from './crc32c.js';

/** A checksum as the protocol has it: a wrapped 64-bit integer. */
export const checksum = (bytes: Uint8Array): { readonly value: number } => ({ value: crc32c(bytes) });

interface WrappedInteger {
  readonly value?: unknown;
}

/** The bytes of an answer, whose checksum must be there and right. @throws BadAnswer */
export function checked(
  bytes: Uint8Array | string | null | undefined,
  crc: WrappedInteger | null | undefined,
): Uint8Array {
  const copy = typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : Uint8Array.from(bytes ?? []);
  if (crc === null || crc === undefined || Number(crc.value) !== crc32c(copy)) {
    throw new BadAnswer('an answer’s checksum is wrong');
  }
  return copy;
}

/** @throws BadAnswer */
export function requireSame(answered: string | null | undefined, asked: string): void {
  if (answered !== asked) throw new BadAnswer('another key has answered');
}

/** The service must say of each checksum sent that it has compared it. @throws BadAnswer */
export function requireVerified(...flags: readonly (boolean | null | undefined)[]): void {
  if (flags.some((flag) => flag !== true)) throw new BadAnswer('a request’s checksum was not verified');
}
