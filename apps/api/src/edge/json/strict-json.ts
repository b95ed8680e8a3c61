import type { EdgeCode } from '../problem/codes.js';
import { Problem } from '../problem/problem.js';

const MAX_DEPTH = 16;
const NAME = /^[a-z][A-Za-z0-9]{0,63}$/;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A JSON value that has one reading only: see {@link parseStrictJson}. */
export type StrictJson = null | boolean | number | string | StrictJson[] | { [name: string]: StrictJson };

/**
 * Reads a body so strictly that what is accepted can also be written canonically: UTF-8, member names of this API
 * only (which leaves `__proto__` outside), no member twice, integers only, well-formed text without U+0000, at most 16
 * levels.
 * @throws Problem `json.*`, never with any of the text
 */
export function parseStrictJson(bytes: Uint8Array): StrictJson {
  const finding = readStrictJson(bytes);
  if (finding.ok) return finding.value;
  throw Problem.of(finding.code);
}

export type StrictJsonReading =
  { readonly ok: true; readonly value: StrictJson } | { readonly ok: false; readonly code: EdgeCode };

/** As {@link parseStrictJson}, but says what is wrong instead of throwing it: a bad line of many is no exception. */
export function readStrictJson(bytes: Uint8Array): StrictJsonReading {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { ok: false, code: 'json.not-utf8' };
  }
  let value: StrictJson;
  try {
    value = JSON.parse(text) as StrictJson;
  } catch {
    return { ok: false, code: 'json.invalid' };
  }
  const walk = new Walk();
  const code = walk.visit(value, 1);
  if (code !== undefined) return { ok: false, code };
  // JSON.parse keeps the last of two equal names: fewer names in the value than in the text.
  if (walk.members !== countMembers(text)) return { ok: false, code: 'json.duplicate-member' };
  return { ok: true, value };
}

class Walk {
  members = 0;

  visit(value: StrictJson, depth: number): EdgeCode | undefined {
    if (typeof value === 'string')
      return value.includes('\u0000') || !value.isWellFormed() ? 'json.text' : undefined;
    if (typeof value === 'number')
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? undefined : 'json.number';
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth > MAX_DEPTH) return 'json.too-deep';
    return Array.isArray(value) ? this.items(value, depth) : this.object(value, depth);
  }

  private items(values: readonly StrictJson[], depth: number): EdgeCode | undefined {
    for (const item of values) {
      const code = this.visit(item, depth + 1);
      if (code !== undefined) return code;
    }
    return undefined;
  }

  private object(value: Readonly<Record<string, StrictJson>>, depth: number): EdgeCode | undefined {
    for (const name of Object.keys(value)) {
      this.members++;
      if (!NAME.test(name)) return 'json.member-name';
      const code = this.visit(value[name] ?? null, depth + 1);
      if (code !== undefined) return code;
    }
    return undefined;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;

/** Colons outside of strings: one per member, in text already known to be JSON. */
function countMembers(text: string): number {
  let count = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === BACKSLASH) i++;
      else if (c === QUOTE) inString = false;
    } else if (c === QUOTE) inString = true;
    else if (c === COLON) count++;
  }
  return count;
}
