import type { Uuid } from '@candor/domain';
import type { z } from 'zod';
import { isUuid } from '../../edge/fields/text.js';
import { readStrictJson, type StrictJson } from '../../edge/json/strict-json.js';
import type { FieldFinding } from '../../edge/problem/problem.js';
import { accessLine, deliveryLine, type RecordLine } from './line-schema.js';

/** A line that was read, or why it cannot be. Findings name paths, never values. */
export type LineReading<T> =
  | { readonly ok: true; readonly line: T }
  | { readonly ok: false; readonly code: string; readonly fields: readonly FieldFinding[] };

export interface TenantLine {
  readonly tenant: Uuid;
  readonly record: RecordLine;
}

/** A line of a bulk body: a record, and whose. */
export function readTenantLine(bytes: Uint8Array): LineReading<TenantLine> {
  const json = readStrictJson(bytes);
  if (!json.ok) return { ok: false, code: json.code, fields: [] };
  if (!isObject(json.value)) return { ok: false, code: 'json.not-an-object', fields: [] };
  const { tenant, ...rest } = json.value;
  if (!isUuid(tenant)) return invalid([{ path: 'tenant', message: 'must be a lower-case UUID' }]);
  const reading = readRecord(rest);
  return reading.ok ? { ok: true, line: { tenant, record: reading.line } } : reading;
}

/** A record, by what its type says it is. */
export function readRecord(value: Readonly<Record<string, StrictJson>>): LineReading<RecordLine> {
  const { type } = value;
  const schema =
    type === 'access.data-accessed'
      ? accessLine
      : typeof type === 'string' && type.startsWith('delivery.')
        ? deliveryLine
        : undefined;
  if (schema === undefined) return invalid([{ path: 'type', message: 'is not the type of a record' }]);
  return check<RecordLine>(schema, value);
}

/** Findings told of one record: a line of nothing but wrong names would be answered with many times its length. */
const MOST_FINDINGS = 32;

/** A value against a schema. */
export function check<T>(schema: z.ZodType<T>, value: unknown): LineReading<T> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, line: result.data };
  const unknown: FieldFinding[] = [];
  const fields: FieldFinding[] = [];
  for (const issue of result.error.issues) {
    const path = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      // Names have the form of this API's names, which strict JSON made sure of.
      for (const key of issue.keys.slice(0, MOST_FINDINGS)) {
        unknown.push({
          path: path === '' ? key : `${path}.${key}`,
          message: 'is not a field of this record',
        });
      }
    } else fields.push({ path, message: messageOf(issue) });
  }
  // What a record of another type may hold helps nobody.
  const type = fields.find(({ path }) => path === 'type');
  if (type !== undefined) return invalid([type]);
  return unknown.length > 0
    ? { ok: false, code: 'request.unknown-field', fields: unknown.slice(0, MOST_FINDINGS) }
    : invalid(fields.slice(0, MOST_FINDINGS));
}

/** What zod says names limits and choices of the schema; only a custom message can come from us. */
function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'custom' && issue.message === 'Invalid input'
    ? 'has not the right form'
    : issue.message;
}

const invalid = (fields: readonly FieldFinding[]): LineReading<never> => ({
  ok: false,
  code: 'request.invalid',
  fields,
});

function isObject(value: StrictJson): value is Record<string, StrictJson> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
