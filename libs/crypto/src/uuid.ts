import { decode } from '#platform';
import { hex } from './encoding.js';
import { FormatFault } from './fault.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether text is a UUID as entries write it: lower case, with hyphens; any version. */
export function isUuid(text: string): boolean {
  return text.length === 36 && UUID.test(text);
}

/** The 16 bytes of a lower-case UUID. @throws FormatFault `uuid.malformed` */
export function uuid16(uuid: string): Uint8Array {
  if (!isUuid(uuid)) throw new FormatFault('uuid.malformed', 'not a lower-case UUID');
  // Checked: decoding needs no second look.
  return decode(uuid.replaceAll('-', ''), 'hex');
}

/** The lower-case UUID of 16 bytes. @throws FormatFault `uuid.malformed` */
export function uuidFrom(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new FormatFault('uuid.malformed', 'a UUID has 16 bytes');
  const h = hex(bytes);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

/** uuid8(x) of formats v1: the first 16 bytes as a UUID of version 8, variant 10 (RFC 9562 §5.8). */
export function uuid8(x: Uint8Array): string {
  if (x.length < 16) throw new FormatFault('uuid.malformed', 'at least 16 bytes are expected');
  const h = hex(x.subarray(0, 16));
  const variant = (0x8 | (((x[8] ?? 0) >> 4) & 0x3)).toString(16);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`;
}
