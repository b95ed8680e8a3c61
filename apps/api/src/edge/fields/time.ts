import { Transform } from 'class-transformer';
import { applyDecorators } from '@nestjs/common';
import { check, field, type FieldOptions } from './field.js';

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
/** Years 0001 to 9999: there is no year 0 in PostgreSQL, and a time it cannot hold would stop every view. */
const CANONICAL = /^(?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * An RFC 3339 time in the one form that is stored: UTC, milliseconds; finer digits are cut off.
 * @returns undefined when it is none, or names a moment that does not exist (30 February, a leap second, year 0)
 */
export function canonicalTime(text: string): string | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = match;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  const at = Date.parse(local);
  // The parser moves 30 February on to March; the text must come back as it went in.
  if (Number.isNaN(at) || new Date(at).toISOString() !== local) return undefined;
  if (sign === undefined) return CANONICAL.test(local) ? local : undefined;
  const [hours, minutes] = [Number(offsetHour), Number(offsetMinute)];
  if (hours > 23 || minutes > 59) return undefined;
  const utc = at - (sign === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  const text0 = new Date(utc).toISOString();
  return CANONICAL.test(text0) ? text0 : undefined;
}

/** An RFC 3339 time; the DTO holds it in its stored form. */
export const TimeField = (options: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? (canonicalTime(value) ?? value) : value,
    ),
    field(
      { type: String, format: 'date-time' },
      options,
      check(
        'time',
        'must be an RFC 3339 time',
        (value) => typeof value === 'string' && CANONICAL.test(value) && canonicalTime(value) !== undefined,
      ),
    ),
  );
