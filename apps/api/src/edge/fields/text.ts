import { normalizeAddress } from '@candor/crypto';
import { check, field, type FieldOptions } from './field.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);

/** A lower-case UUID. */
export const UuidField = (options: FieldOptions = {}): PropertyDecorator =>
  field({ type: String, format: 'uuid' }, options, check('uuid', 'must be a lower-case UUID', isUuid));

const CONTROL = /\p{Cc}/u;
const CONTROL_IN_LINES = /[^\P{Cc}\t\n\r]/u;

/** Free text of 1 to `max` characters (Unicode code points, as the domain counts). */
export const TextField = (
  options: FieldOptions & { readonly max?: number; readonly lines?: boolean } = {},
): PropertyDecorator => {
  const max = options.max ?? 512;
  const forbidden = options.lines === true ? CONTROL_IN_LINES : CONTROL;
  return field(
    { type: String, minLength: 1, maxLength: max },
    options,
    check(
      'text',
      `must be a text of 1 to ${max} characters without control characters`,
      (value) => typeof value === 'string' && value !== '' && hasAtMost(max, value) && !forbidden.test(value),
    ),
  );
};

/** Code points; a text of more than twice as many UTF-16 units is not counted. */
function hasAtMost(max: number, text: string): boolean {
  return text.length <= max || (text.length <= 2 * max && Array.from(text).length <= max);
}

/** A text of a given form, which `message` says in words. */
export const PatternField = (
  pattern: RegExp,
  message: string,
  options: FieldOptions & { readonly example?: string } = {},
): PropertyDecorator =>
  field(
    {
      type: String,
      pattern: pattern.source,
      ...(options.example === undefined ? {} : { example: options.example }),
    },
    options,
    check('pattern', message, (value) => typeof value === 'string' && pattern.test(value)),
  );

/** One of a closed list. */
export const ChoiceField = (choices: readonly string[], options: FieldOptions = {}): PropertyDecorator =>
  field(
    { type: String, enum: [...choices] },
    options,
    check(
      'choice',
      `must be one of ${choices.join(', ')}`,
      (value) => typeof value === 'string' && choices.includes(value),
    ),
  );

/** An e-mail address, of a form that can be normalised (formats v1 §3.2). */
export const AddressField = (options: FieldOptions = {}): PropertyDecorator =>
  field(
    { type: String, format: 'email', maxLength: 512 },
    options,
    check('address', 'must be an e-mail address of at most 512 characters', isAddress),
  );

export function isAddress(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > 512) return false;
  try {
    normalizeAddress(value);
    return true;
  } catch {
    return false;
  }
}
