import { FormatFault } from './fault.js';
import { type Json, parseCanonical } from './jcs.js';
import { isUuid } from './uuid.js';

/** The longest entry (formats v1 §1.4). */
export const ENTRY_MAX_BYTES = 61_440;

export type JsonObject = Readonly<Record<string, Json>>;

/** An entry as it was read: formats v1 §1.2 holds for everything but what stands in `body`. */
export interface EntryJson extends JsonObject {
  readonly v: 1;
  readonly log: string | null;
  readonly id: string;
  readonly type: string;
  readonly schema: number;
  readonly stream: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly actor: JsonObject;
  readonly source: JsonObject | null;
  readonly authorization: JsonObject | null;
  readonly reason: JsonObject | null;
  readonly outcome: 'success' | 'failure' | 'refused';
  readonly correlation: string | null;
  readonly body: JsonObject;
}

type Rule = (value: Json) => boolean;

const TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const TOKEN = /^[!-~]{1,64}$/;
const COUNTRY = /^[A-Z]{2}$/;

const text: Rule = (value) => typeof value === 'string' && value !== '';
const uuid: Rule = (value) => typeof value === 'string' && isUuid(value);
const token: Rule = (value) => typeof value === 'string' && TOKEN.test(value);
const country: Rule = (value) => typeof value === 'string' && COUNTRY.test(value);
const time: Rule = (value) => typeof value === 'string' && isTimestamp(value);
const personal: Rule = (value) => isObject(value) && '$c' in value;
const oneOf =
  (...values: readonly Json[]): Rule =>
  (value) =>
    values.includes(value);
const orNull =
  (rule: Rule): Rule =>
  (value) =>
    value === null || rule(value);

const ACTOR = {
  kind: oneOf('user', 'employee', 'service', 'external'),
  id: uuid,
  onBehalfOf: orNull(uuid),
  name: orNull(personal),
};
const SOURCE = { ip: orNull(personal), agent: orNull(personal), country: orNull(country) };
const AUTHORIZATION = { permission: orNull(token), grant: orNull(uuid) };
const REASON = { code: orNull(token), ticket: orNull(personal) };

const ENTRY: Readonly<Record<string, Rule>> = {
  v: oneOf(1),
  log: orNull(uuid),
  id: uuid,
  type: text,
  schema: (value) => typeof value === 'number' && value >= 1,
  stream: text,
  occurredAt: time,
  recordedAt: time,
  actor: exactly(ACTOR),
  source: orNull(exactly(SOURCE)),
  authorization: orNull(exactly(AUTHORIZATION)),
  reason: orNull(exactly(REASON)),
  outcome: oneOf('success', 'failure', 'refused'),
  correlation: orNull(uuid),
  body: (value) => isObject(value) && !personal(value),
};

/**
 * Reads an entry's bytes as any reader must (formats v1 §1.2, §1.4). What `body` holds is the event type's affair.
 * @throws FormatFault `entry.too-large`, the findings of `parseCanonical`, `entry.shape`
 */
export function parseEntry(bytes: Uint8Array): EntryJson {
  checkEntrySize(bytes);
  const value = parseCanonical(bytes);
  checkEntry(value);
  return value;
}

/** @throws FormatFault `entry.too-large` for more than 61,440 bytes */
export function checkEntrySize(bytes: Uint8Array): void {
  if (bytes.length > ENTRY_MAX_BYTES) {
    throw new FormatFault('entry.too-large', `an entry has at most ${ENTRY_MAX_BYTES} bytes`);
  }
}

/** Whether a value has exactly the members of an entry, in their forms. @throws FormatFault `entry.shape` */
export function checkEntry(value: Json): asserts value is EntryJson {
  if (!isObject(value)) throw new FormatFault('entry.shape', 'an entry is an object');
  const wrong = firstWrong(value, ENTRY);
  if (wrong !== undefined) throw new FormatFault('entry.shape', `${wrong} is not as an entry has it`);
}

/** Whether text is `YYYY-MM-DDTHH:MM:SS.mmmZ` and a moment there is. */
export function isTimestamp(value: string): boolean {
  return TIME.test(value) && isCalendarDay(value);
}

/** Whether there is such a moment as text of this form says. */
export function isCalendarDay(value: string): boolean {
  // Every month has 28 days: only the others need the calendar, which costs more than the rest of an entry's check.
  return value.slice(8, 10) <= '28' || new Date(value).toJSON() === value;
}

function exactly(rules: Readonly<Record<string, Rule>>): Rule {
  return (value) => isObject(value) && firstWrong(value, rules) === undefined;
}

/** @returns the name of a member that is missing or wrong, or what to call one too many */
function firstWrong(value: JsonObject, rules: Readonly<Record<string, Rule>>): string | undefined {
  let count = 0;
  for (const name in rules) {
    const member = value[name];
    if (member === undefined || rules[name]?.(member) !== true) return name;
    count++;
  }
  return Object.keys(value).length === count ? undefined : 'a further member';
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
