import { concat, utf8 } from '#platform';
import { b64, fromB64, u32 } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { idFrom, isKeyName, type SignatureType } from './vkey.js';

/** The longest note that is looked at, in characters: room for every signature it may have, ML-DSA ones too. */
export const NOTE_MAX_LENGTH = 300_000;
/** The most signatures a note may have; anyone may add lines to one. */
export const NOTE_MAX_SIGNATURES = 64;

/** Signs notes under a name. */
export interface Signer {
  readonly name: string;
  readonly keyId: number;
  /** What stands after the key id: the signature, before it a cosignature's time. */
  sign(text: string): Promise<Uint8Array> | Uint8Array;
}

/** Knows one key. */
export interface Verifier {
  readonly name: string;
  readonly keyId: number;
  readonly type: SignatureType;
  /** @returns the time of a cosignature in Unix seconds, null for a signature without one, undefined for a wrong one */
  verify(text: string, payload: Uint8Array): Promise<number | null | undefined>;
}

/** One line below a note's text, not yet verified. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly payload: Uint8Array;
}

/** A signature of a known key that holds. */
export interface VerifiedSignature {
  readonly name: string;
  readonly keyId: number;
  readonly type: SignatureType;
  /** Unix seconds; null where the signature has none. */
  readonly time: number | null;
}

export interface OpenedNote {
  /** What is signed, with its last newline. */
  readonly text: string;
  /** Of known keys, in the note's order; at least one. */
  readonly verified: readonly VerifiedSignature[];
}

/**
 * Signs text as a note (c2sp.org/signed-note).
 * @param text ends in a newline
 * @throws FormatFault `note.malformed` for text that no note may have
 */
export async function signNote(text: string, signers: readonly Signer[]): Promise<string> {
  requireText(text);
  return addSignatures(`${text}\n`, await Promise.all(signers.map((signer) => signatureOf(text, signer))));
}

/** One signature over a note's text, for `addSignatures` or a witness's answer. */
export async function signatureOf(text: string, signer: Signer): Promise<NoteSignature> {
  return { name: signer.name, keyId: signer.keyId, payload: await signer.sign(text) };
}

/** The note with further lines at its end. */
export function addSignatures(note: string, signatures: readonly NoteSignature[]): string {
  return note + signatures.map(formatSignature).join('');
}

/** `— <name> <base64>\n` */
export function formatSignature({ name, keyId, payload }: NoteSignature): string {
  return `\u2014 ${name} ${b64(concat(u32(keyId), payload))}\n`;
}

/**
 * Takes a note apart without verifying anything.
 * @throws FormatFault `note.too-large`, `note.malformed`
 */
export function splitNote(note: string): { readonly text: string; readonly signatures: NoteSignature[] } {
  if (note.length > NOTE_MAX_LENGTH)
    throw new FormatFault('note.too-large', 'a note of this length is not read');
  // The text may hold blank lines: it ends at the last one.
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw malformed('text, a blank line and signatures are expected');
  const text = note.slice(0, end + 1);
  requireText(text);
  return { text, signatures: parseSignatures(note.slice(end + 2)) };
}

/** Lines of signatures, as stand below a note or in a witness's answer. @throws FormatFault `note.malformed`, `note.too-large` */
export function parseSignatures(lines: string): NoteSignature[] {
  if (lines === '') return [];
  if (!lines.endsWith('\n')) throw malformed('a line ends in a newline');
  const all = lines.slice(0, -1).split('\n');
  if (all.length > NOTE_MAX_SIGNATURES) throw new FormatFault('note.too-large', 'too many signatures');
  return all.map(parseSignature);
}

function parseSignature(line: string): NoteSignature {
  const [dash, name = '', encoded = '', ...more] = line.split(' ');
  const bytes =
    dash === '\u2014' && more.length === 0 && isKeyName(name) ? fromB64(encoded) : new Uint8Array();
  if (bytes.length < 5) throw malformed('a dash, a name and a signature are expected');
  return { name, keyId: idFrom(bytes), payload: bytes.subarray(4) };
}

/**
 * Opens a note with the keys known beforehand. Lines of unknown keys (name and id must be the same) say nothing and
 * are passed over; a known key with a wrong signature, or with two, refuses the note.
 * @throws FormatFault the findings of `splitNote`, `note.keys` when two verifiers have one name and id,
 *   `note.signature`, `note.unsigned` when no known key signed
 */
export async function openNote(note: string, verifiers: readonly Verifier[]): Promise<OpenedNote> {
  const { text, signatures } = splitNote(note);
  const known = new Map(verifiers.map((verifier) => [lineOf(verifier), verifier]));
  if (known.size !== verifiers.length) throw new FormatFault('note.keys', 'two keys of one name and id');
  const verified: VerifiedSignature[] = [];
  for (const signature of signatures) {
    const verifier = known.get(lineOf(signature));
    if (verifier === undefined) continue;
    const time = await verifier.verify(text, signature.payload);
    if (time === undefined || verified.some((other) => lineOf(other) === lineOf(signature))) {
      throw new FormatFault('note.signature', `the signature of ${verifier.name} does not hold`);
    }
    verified.push({ name: verifier.name, keyId: verifier.keyId, type: verifier.type, time });
  }
  if (verified.length === 0) throw new FormatFault('note.unsigned', 'no key that is known signed this');
  return { text, verified };
}

function lineOf(key: { readonly name: string; readonly keyId: number }): string {
  return `${key.keyId} ${key.name}`;
}

/** UTF-8, no control character but newline, at the end a newline. */
function requireText(text: string): void {
  if (!text.endsWith('\n') || text.length < 2 || !text.isWellFormed() || hasControl(text)) {
    throw malformed('lines of Unicode text without control characters are expected');
  }
  if (utf8(text).length > NOTE_MAX_LENGTH) throw new FormatFault('note.too-large', 'the text is too long');
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if ((c < 32 && c !== 10) || c === 127) return true;
  }
  return false;
}

function malformed(message: string): FormatFault {
  return new FormatFault('note.malformed', message);
}
