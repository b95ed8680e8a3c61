import { utf8 } from '#platform';
import { FormatFault } from './fault.js';

/** A value of restricted JCS: what an entry may hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export interface JcsOptions {
  /** The names at the top are RFC 6901 pointers to members of an entry: only in the envelope's m (formats v1 §2.3). */
  readonly pointerNames?: boolean;
}

/** An object or array may stand inside at most fifteen others. */
const MAX_NESTING = 16;
/** As many as are quicker sorted by hand: an entry has fifteen members. */
const FEW_NAMES = 24;
const POINTER = /^(?:\/(?:[a-z][A-Za-z0-9]{0,63}|0|[1-9][0-9]{0,9}))+$/;
/** Text that JSON writes as it is: printable ASCII without quotation mark and backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The one way to write a value down: RFC 8785, restricted as in formats v1 "Notation". The bytes are what is stored,
 * hashed and proven.
 * @throws FormatFault `jcs.type` (not JSON: undefined, a class instance, a bigint), `jcs.name`, `jcs.number`
 *   (fraction, −0, beyond 2^53−1), `jcs.text` (lone surrogate), `jcs.nesting` (deeper than 16)
 */
export function canonicalize(value: Json, options?: JcsOptions): Uint8Array {
  return utf8(canonicalText(value, options));
}

/** The same as text. @throws as `canonicalize` */
export function canonicalText(value: Json, options?: JcsOptions): string {
  return write(value, 1, options?.pointerNames === true);
}

/**
 * Reads bytes that must be canonical: whatever `canonicalize` would write differently is refused, so a value has
 * exactly one representation.
 * @throws FormatFault as `canonicalize`, and `jcs.utf8`, `jcs.syntax`, `jcs.not-canonical` (whitespace, unsorted or
 *   repeated names, needless escapes, other forms of a number). Of several findings the first in this order is
 *   named: utf8, syntax, the restrictions, the canonical form.
 */
export function parseCanonical(bytes: Uint8Array, options?: JcsOptions): Json {
  const text = decode(bytes);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new FormatFault('jcs.syntax', 'not JSON');
  }
  const escaped = text.includes('\\');
  const length = check(value, 1, options?.pointerNames === true, escaped);
  // With the restrictions checked and the names in order, JSON.stringify writes what RFC 8785 writes. Where nothing is
  // escaped, whatever is written otherwise is longer, so the length tells as much; but for numbers that an exponent
  // makes no longer.
  const canonical = escaped || length === UNTOLD ? JSON.stringify(value) === text : length === text.length;
  if (Number.isNaN(length) || !canonical) {
    throw new FormatFault('jcs.not-canonical', 'the bytes are not the canonical form of their value');
  }
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FormatFault('jcs.utf8', 'not UTF-8');
  }
}

function write(value: unknown, level: number, pointers: boolean): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      checkNumber(value);
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      checkLevel(level);
      return Array.isArray(value) ? writeArray(value, level) : writeObject(value, level, pointers);
    case 'undefined':
    case 'function':
    case 'symbol':
    case 'bigint':
      throw new FormatFault('jcs.type', `a ${typeof value} is not JSON`);
  }
}

function writeArray(items: readonly unknown[], level: number): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) {
    text += i === 0 ? write(items[i], level + 1, false) : `,${write(items[i], level + 1, false)}`;
  }
  return `${text}]`;
}

function writeObject(value: object, level: number, pointers: boolean): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // By shape, not by identity: an object of another realm is as plain as ours.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new FormatFault('jcs.type', 'an instance of a class is not JSON');
  }
  const names = inOrder(Object.keys(value));
  checkNames(names, pointers);
  let text = '{';
  for (const name of names) {
    const member = write((value as Record<string, unknown>)[name], level + 1, false);
    text += text === '{' ? `"${name}":${member}` : `,"${name}":${member}`;
  }
  return `${text}}`;
}

/** In place, by UTF-16 code units. By hand for a few names: `sort` allocates more than all the rest of writing. */
function inOrder(names: string[]): string[] {
  if (names.length > FEW_NAMES) return names.sort();
  for (let i = 1; i < names.length; i++) {
    const name = names[i] ?? '';
    let at = i;
    for (let before = names[at - 1] ?? ''; at > 0 && before > name; before = names[at - 1] ?? '') {
      names[at--] = before;
    }
    names[at] = name;
  }
  return names;
}

function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  checkText(text);
  return JSON.stringify(text);
}

/** The length of a value with a number such as 100, which `1e2` writes as short. */
const UNTOLD = Infinity;

/**
 * Checks the restrictions of a parsed value.
 * @param escaped whether its text had escapes: without, it has no lone surrogate
 * @returns the length of its canonical form without escapes, `UNTOLD`, or NaN where names are out of order
 */
function check(value: Json, level: number, pointers: boolean, escaped: boolean): number {
  if (typeof value === 'string') {
    if (escaped) checkText(value);
    return value.length + 2;
  }
  if (typeof value === 'number') {
    checkNumber(value);
    return value % 100 === 0 && value !== 0 ? UNTOLD : String(value).length;
  }
  if (typeof value === 'boolean') return value ? 4 : 5;
  if (value === null) return 4;
  checkLevel(level);
  return Array.isArray(value)
    ? checkItems(value as readonly Json[], level, escaped)
    : checkMembers(value as JsonMembers, level, pointers, escaped);
}

type JsonMembers = Readonly<Record<string, Json>>;

function checkItems(items: readonly Json[], level: number, escaped: boolean): number {
  let length = 1 + Math.max(1, items.length);
  for (const item of items) length += check(item, level + 1, false, escaped);
  return length;
}

function checkMembers(members: JsonMembers, level: number, pointers: boolean, escaped: boolean): number {
  const names = Object.keys(members);
  checkNames(names, pointers);
  let length = 1 + Math.max(1, names.length);
  let before = '';
  for (const name of names) {
    // A member's quotes and colon; its comma is counted above.
    length += before < name ? name.length + 3 : NaN;
    length += check(members[name] ?? null, level + 1, false, escaped);
    before = name;
  }
  return length;
}

function checkLevel(level: number): void {
  if (level > MAX_NESTING) throw new FormatFault('jcs.nesting', `nested deeper than ${MAX_NESTING}`);
}

function checkNumber(value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    throw new FormatFault('jcs.number', 'numbers are integers from −(2^53−1) to 2^53−1, without −0');
  }
}

function checkText(value: string): void {
  if (!value.isWellFormed()) throw new FormatFault('jcs.text', 'a lone surrogate is not Unicode');
}

function checkNames(names: readonly string[], pointers: boolean): void {
  for (const name of names) {
    if (pointers ? POINTER.test(name) : KNOWN_NAMES.has(name) || isName(name)) continue;
    if (!pointers && isCommitmentPair(names)) return;
    throw new FormatFault('jcs.name', pointers ? 'names are pointers into an entry' : 'not a name');
  }
}

function isCommitmentPair(names: readonly string[]): boolean {
  return names.length === 2 && names.includes('$c') && names.includes('$k');
}

/** Names found good before, up to a number: nearly all events have the same ones. */
const KNOWN_NAMES = new Set<string>();
const MAX_KNOWN = 1_000;

/** `^[a-z][A-Za-z0-9]{0,63}$`, by hand because it runs for the members of events read. */
function isName(name: string): boolean {
  if (name.length === 0 || name.length > 64) return false;
  const first = name.charCodeAt(0);
  if (first < 97 || first > 122) return false;
  for (let i = 1; i < name.length; i++) {
    const c = name.charCodeAt(i);
    if (!((c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57))) return false;
  }
  if (KNOWN_NAMES.size < MAX_KNOWN) KNOWN_NAMES.add(name);
  return true;
}
