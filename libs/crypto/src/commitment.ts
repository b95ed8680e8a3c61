import { equalBytes, hmacSha256, random, room, sha256, sha256B64u, writeB64u, writeUtf8 } from '#platform';
import { b64u, concat, fromB64u, requireLength, utf8 } from './encoding.js';
import { FormatFault } from './fault.js';
import { canonicalText, type Json } from './jcs.js';
import { isUuid } from './uuid.js';

const SALT_LABEL = utf8('candor-salt/v1\n');
const FIELD_LABEL = utf8('candor-field/v1\n');
/** Label, salt and length of the pointer. */
const HEAD_BYTES = FIELD_LABEL.length + 32 + 4;
const SCRATCH = room(4096);

/** What stands in an entry in place of a personal value (formats v1 §2.1). */
export interface Commitment {
  /** b64u of the 32-byte commitment. */
  readonly $c: string;
  /** The id of the key that seals the value. */
  readonly $k: string;
  readonly [name: string]: string;
}

/** A commitment with the place it was found at. */
export interface FoundCommitment {
  /** RFC 6901 pointer from the entry's root. */
  readonly pointer: string;
  /** 32 bytes. */
  readonly c: Uint8Array;
  readonly keyId: string;
}

/** A new seed: 32 random bytes, one per event and key (formats v1 §2.2), never derived. */
export function newSeed(): Uint8Array {
  return random(32);
}

/** salt(p) = HMAC(seed, "candor-salt/v1\n" ‖ p). */
export function saltOf(seed: Uint8Array, pointer: string): Uint8Array {
  requireLength(seed, 32, 'the seed');
  return hmacSha256(seed, concat(SALT_LABEL, utf8(pointer)));
}

/** c = H("candor-field/v1\n" ‖ salt(p) ‖ u32(len p) ‖ p ‖ JCS(value)). */
export function commitmentOf(salt: Uint8Array, pointer: string, value: Json): Uint8Array {
  requireLength(salt, 32, 'the salt');
  const image = imageOf(pointer, canonicalText(value));
  image.set(salt, FIELD_LABEL.length);
  return sha256(image);
}

/**
 * The same as JSON writes it, without any checks: b64u of c.
 * @param salt strict b64u of 32 bytes
 * @param value as JCS writes it
 */
export function writtenCommitmentOf(salt: string, pointer: string, value: string): string {
  const image = imageOf(pointer, value);
  writeB64u(salt, image, FIELD_LABEL.length);
  return sha256B64u(image);
}

/** What is hashed, but for the salt. Written into one piece of memory: every disclosed field comes through here. */
function imageOf(pointer: string, text: string): Uint8Array {
  const most = HEAD_BYTES + 3 * (pointer.length + text.length);
  const image = most <= SCRATCH.length ? SCRATCH : room(most);
  image.set(FIELD_LABEL, 0);
  const length = writeUtf8(pointer, image, HEAD_BYTES);
  writeU32(length, image, HEAD_BYTES - 4);
  const end = HEAD_BYTES + length + writeUtf8(text, image, HEAD_BYTES + length);
  return image.subarray(0, end);
}

function writeU32(value: number, target: Uint8Array, at: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

/** What to write into the entry at this pointer in place of the value. */
export function commitField(seed: Uint8Array, pointer: string, value: Json, keyId: string): Commitment {
  return { $c: b64u(commitmentOf(saltOf(seed, pointer), pointer, value)), $k: keyId };
}

/** Whether a disclosed field {path, salt, value} is what was committed to (formats v1 §2.6). */
export function commitmentHolds(found: FoundCommitment, salt: Uint8Array, value: Json): boolean {
  return equalBytes(found.c, commitmentOf(salt, found.pointer, value));
}

/**
 * Every commitment of an entry (or of a part of one, at `pointer`), in the entry's order.
 * @throws FormatFault `entry.commitment` where `$c` is not 32 bytes in b64u or `$k` not a lower-case UUID
 */
export function commitmentsOf(entry: Json, pointer = ''): FoundCommitment[] {
  const found: FoundCommitment[] = [];
  collect(entry, pointer, found);
  return found;
}

function collect(value: Json, pointer: string, found: FoundCommitment[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (isList(value)) {
    for (const [i, item] of value.entries()) collect(item, `${pointer}/${i}`, found);
    return;
  }
  if (value['$c'] !== undefined || value['$k'] !== undefined) {
    found.push(commitmentAt(pointer, value['$c'], value['$k']));
    return;
  }
  for (const name in value) {
    const member = value[name];
    if (typeof member === 'object' && member !== null) collect(member, `${pointer}/${name}`, found);
  }
}

function commitmentAt(pointer: string, c: Json | undefined, keyId: Json | undefined): FoundCommitment {
  if (typeof c === 'string' && c.length === 43 && typeof keyId === 'string' && isUuid(keyId)) {
    const bytes = fromB64u(c);
    if (bytes.length === 32) return { pointer, c: bytes, keyId };
  }
  throw new FormatFault('entry.commitment', '{"$c": b64u of 32 bytes, "$k": UUID} is expected');
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
