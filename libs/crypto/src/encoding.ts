import { decode, encode } from '#platform';
import { FormatFault } from './fault.js';
import type { ByteEncoding } from './platform/platform.js';

export { concat, utf8 } from '#platform';

/** RFC 4648 §4, with padding. */
export function b64(bytes: Uint8Array): string {
  return encode(bytes, 'base64');
}

/** Strict: text that encodes differently is refused. @throws FormatFault `encoding.malformed` */
export function fromB64(text: string): Uint8Array {
  return strict(text, 'base64');
}

/** RFC 4648 §5, without padding. */
export function b64u(bytes: Uint8Array): string {
  return encode(bytes, 'base64url');
}

/** Strict: text that encodes differently is refused. @throws FormatFault `encoding.malformed` */
export function fromB64u(text: string): Uint8Array {
  // The most frequent length by far: what is not refused here has one form, and need not be encoded again.
  return BYTES_32.test(text) ? decode(text, 'base64url') : strict(text, 'base64url');
}

/** 32 bytes: 43 characters, the last without the two bits that are too many. */
const BYTES_32 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return encode(bytes, 'hex');
}

/** Strict: lower case, whole bytes. @throws FormatFault `encoding.malformed` */
export function fromHex(text: string): Uint8Array {
  return strict(text, 'hex');
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 §6 in lower case, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let pending = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(pending >>> bits) & 31] ?? '';
    }
    pending &= (1 << bits) - 1;
  }
  return bits > 0 ? text + (BASE32[(pending << (5 - bits)) & 31] ?? '') : text;
}

/** Strict: text that encodes differently is refused. @throws FormatFault `encoding.malformed` */
export function fromBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let pending = 0;
  let at = 0;
  for (const character of text) {
    const digit = BASE32.indexOf(character);
    if (digit < 0) throw malformed('base32');
    pending = (pending << 5) | digit;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (pending >>> bits) & 255;
    }
    pending &= (1 << bits) - 1;
  }
  if (base32(bytes) !== text) throw malformed('base32');
  return bytes;
}

/** Four bytes, big-endian. @throws FormatFault `number.range` */
export function u32(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new FormatFault('number.range', 'an unsigned 32-bit integer is expected');
  }
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** Eight bytes, big-endian. @throws FormatFault `number.range` */
export function u64(value: bigint): Uint8Array {
  if (value < 0n || value > 0xffff_ffff_ffff_ffffn) {
    throw new FormatFault('number.range', 'an unsigned 64-bit integer is expected');
  }
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, value);
  return new Uint8Array(bytes.buffer);
}

/** @throws FormatFault `length.wrong` unless there are exactly this many bytes */
export function requireLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new FormatFault('length.wrong', `${what} has ${length} bytes`);
}

function strict(text: string, encoding: ByteEncoding): Uint8Array {
  const bytes = decode(text, encoding);
  if (encode(bytes, encoding) !== text) throw malformed(encoding);
  return bytes;
}

function malformed(encoding: string): FormatFault {
  return new FormatFault('encoding.malformed', `not strict ${encoding}`);
}
