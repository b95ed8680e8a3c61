import { equalBytes } from '#platform';
import { openBox, sealBox } from './aead.js';
import { type FoundCommitment, commitmentHolds, commitmentsOf, saltOf } from './commitment.js';
import { b64, concat, fromB64, requireLength, u32, utf8 } from './encoding.js';
import { FormatFault } from './fault.js';
import { type Json, canonicalize, parseCanonical } from './jcs.js';
import { uuid16 } from './uuid.js';

const SEAL_LABEL = utf8('candor-seal/v1\n');
const VERSION = Uint8Array.of(1);
/** Version, seed, length of m. */
const HEADER_BYTES = 37;

/** Personal values by their RFC 6901 pointer from the entry's root. */
export type FieldValues = ReadonlyMap<string, Json>;

/** What an envelope holds. The seed never leaves the process (formats v1 §2.6). */
export interface Opened {
  readonly seed: Uint8Array;
  readonly values: FieldValues;
}

/** What an envelope is bound to. */
export interface SealContext {
  /** S: 32 bytes. */
  readonly key: Uint8Array;
  readonly keyId: string;
  /** The entry's leaf hash. */
  readonly leaf: Uint8Array;
}

/**
 * Seals what one event holds under one key (formats v1 §2.3), and opens it again before it returns (§2.5).
 * @param sealing nonce is for golden vectors only
 * @returns the text stored as `sealed:<keyId>`
 * @throws FormatFault `seal.empty` without a value; the findings of `canonicalize` for a value JCS does not allow;
 *   `seal.broken` when what was sealed does not open again
 */
export function sealEnvelope(sealing: SealContext & Opened & { readonly nonce?: Uint8Array }): string {
  if (sealing.values.size === 0) throw new FormatFault('seal.empty', 'an envelope holds at least one value');
  const plaintext = envelopePlaintext(sealing);
  const aad = additionalData(sealing);
  const box = sealBox(sealing.key, plaintext, aad, sealing.nonce);
  const opened = openBox(sealing.key, box, aad);
  if (opened === undefined || !equalBytes(opened, plaintext)) throw broken('it does not open again');
  return b64(box);
}

/** pt = 0x01 ‖ seed ‖ u32(len m) ‖ m ‖ zeros (formats v1 §2.3). */
export function envelopePlaintext({ seed, values }: Opened): Uint8Array {
  requireLength(seed, 32, 'the seed');
  const m = canonicalize(Object.fromEntries(values), { pointerNames: true });
  const used = HEADER_BYTES + m.length;
  return concat(VERSION, seed, u32(m.length), m, Buffer.alloc(paddedLength(used) - used));
}

/** The least multiple of 128 up to 1,024, then of 1,024. */
function paddedLength(length: number): number {
  const step = length <= 1024 ? 128 : 1024;
  return Math.ceil(length / step) * step;
}

/**
 * Opens an envelope and relies on its tag: enough for a list query, not for a disclosure (formats v1 §2.5; that is
 * `openChecked`).
 * @throws FormatFault `seal.broken` for anything but the envelope sealed under this key for this leaf
 */
export function openEnvelope(opening: SealContext & { readonly envelope: string }): Opened {
  const plaintext = openBox(opening.key, decodeEnvelope(opening.envelope), additionalData(opening));
  if (plaintext === undefined) throw broken('the tag does not verify');
  return readPlaintext(plaintext);
}

/**
 * Opens an envelope and holds it against the entry: before an append, at a disclosure, in a full check.
 * @param opening entry is the parsed entry whose leaf hash is `leaf`
 * @throws FormatFault `seal.broken`
 */
export function openChecked(
  opening: SealContext & { readonly envelope: string; readonly entry: Json },
): Opened {
  const opened = openEnvelope(opening);
  checkOpening(opening.entry, opening.keyId, opened);
  return opened;
}

/**
 * Each pointer of the envelope names one commitment under this key and the other way round, and every commitment
 * computes again (formats v1 §2.5).
 * @throws FormatFault `seal.broken`; `entry.commitment` where the entry itself is malformed
 */
export function checkOpening(entry: Json, keyId: string, opened: Opened): void {
  checkCommitments(commitmentsOf(entry), keyId, opened);
}

/** `checkOpening` for an entry with several keys, whose commitments were collected once. */
export function checkCommitments(
  commitments: readonly FoundCommitment[],
  keyId: string,
  { seed, values }: Opened,
): void {
  const ours = commitments.filter((found) => found.keyId === keyId);
  if (ours.length !== values.size) throw broken('values and commitments do not match one to one');
  for (const found of ours) {
    const value = values.get(found.pointer);
    if (value === undefined) throw broken('a committed value is missing');
    if (!commitmentHolds(found, saltOf(seed, found.pointer), value)) {
      throw broken('a value is not the one committed to');
    }
  }
}

/** AAD = "candor-seal/v1\n" ‖ uuid16(keyId) ‖ leaf. */
function additionalData({ keyId, leaf }: SealContext): Uint8Array {
  requireLength(leaf, 32, 'the leaf hash');
  return concat(SEAL_LABEL, uuid16(keyId), leaf);
}

function decodeEnvelope(envelope: string): Uint8Array {
  try {
    return fromB64(envelope);
  } catch {
    throw broken('not strict base64');
  }
}

function readPlaintext(bytes: Uint8Array): Opened {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 1) throw broken('unknown version');
  const used = HEADER_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(33);
  if (bytes.length !== paddedLength(used)) throw broken('not padded as it must be');
  for (let i = used; i < bytes.length; i++) if (bytes[i] !== 0) throw broken('the padding is not zero');
  const values = readValues(bytes.subarray(HEADER_BYTES, used));
  return { seed: bytes.subarray(1, 33), values };
}

function readValues(m: Uint8Array): FieldValues {
  let value: Json;
  try {
    value = parseCanonical(m, { pointerNames: true });
  } catch {
    throw broken('the values are not canonical');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw broken('no values by pointer');
  const values = new Map(Object.entries(value as Record<string, Json>));
  if (values.size === 0) throw broken('an envelope holds at least one value');
  return values;
}

function broken(why: string): FormatFault {
  return new FormatFault('seal.broken', why);
}
