import { at, broken, type Place } from './finding.js';

export type Members = Readonly<Record<string, unknown>>;

/**
 * Reads JSON that is exactly what `JSON.stringify` writes: so there is one way to write it, no member stands twice,
 * and every changed character changes the value.
 * @throws Broken `json.form`
 */
export function parseExact(text: string, place: Place = {}): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken('json.form', 'not JSON: is it the right file, as it was given?', place);
  }
  if (written(value) !== text) {
    throw broken('json.form', 'not JSON as it is written here: no white space, no member twice', place);
  }
  return value;
}

/** @returns undefined for what is nested so deep that it cannot be written: anyone can make such a file */
function written(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (fault) {
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}

/** The value as an object of these members, all of them and no other. @throws Broken `json.members` */
export function membersOf(
  value: unknown,
  names: readonly string[],
  optional: readonly string[] = [],
): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const members = value as Members;
    const needed = countOf(members, names);
    if (needed === names.length && Object.keys(members).length === needed + countOf(members, optional))
      return members;
  }
  throw broken('json.members', `exactly ${names.join(', ')} are expected`);
}

function countOf(members: Members, names: readonly string[]): number {
  let count = 0;
  for (const name of names) if (members[name] !== undefined) count++;
  return count;
}

/** @throws Broken `json.members` */
export function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw broken('json.members', `${what} is text`);
  return value;
}

/** A whole number from 0 (or `least`) to 2^53−1. @throws Broken `json.members` */
export function numberOf(value: unknown, what: string, least = 0): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw broken('json.members', `${what} is a whole number from ${least}`);
  }
  return value;
}

/** @throws Broken `json.members` */
export function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw broken('json.members', `${what} is a list`);
  return value;
}

/** Bytes from text of an encoding, of a length. @throws Broken `json.members`, `encoding.malformed` */
export function bytesOf(
  value: unknown,
  what: string,
  decode: (text: string) => Uint8Array,
  length?: number,
): Uint8Array {
  const text = textOf(value, what);
  const bytes = at({}, () => decode(text));
  if (length !== undefined && bytes.length !== length)
    throw broken('json.members', `${what} has ${length} bytes`);
  return bytes;
}
