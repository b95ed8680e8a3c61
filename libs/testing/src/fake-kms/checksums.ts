import { invalid } from './status-error.js';

/** Bit by bit, so that it shares no mistake with the table of whom it tests. */
export function crc32c(bytes: Uint8Array): number {
  let value = 0xffff_ffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) * 0x82f6_3b78);
  }
  return ~value >>> 0;
}

export const checksumOf = (bytes: Uint8Array): { readonly value: string } => ({
  value: String(crc32c(bytes)),
});

/** @returns whether there was a checksum to verify @throws StatusError when it is not that of the data */
export function verified(
  field: string,
  data: Uint8Array,
  checksum: { readonly value?: unknown } | null | undefined,
): boolean {
  if (checksum === null || checksum === undefined) return false;
  if (Number(checksum.value) !== crc32c(data)) throw invalid(`${field}_crc32c is not the CRC32C of ${field}`);
  return true;
}
