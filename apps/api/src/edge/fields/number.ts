import { applyDecorators } from '@nestjs/common';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { check, field, type FieldOptions } from './field.js';

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A whole number that JSON can carry: no more than 2^53−1. */
export const IntField = (
  { min, max = Number.MAX_SAFE_INTEGER }: Pick<Range, 'min'> & Partial<Range>,
  options: FieldOptions = {},
): PropertyDecorator => intField({ min, max }, {}, options);

/** A whole number of a query string: decimal digits only. */
export const QueryIntField = (range: Range, options: FieldOptions & { readonly default?: number } = {}) =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
    ),
    intField(range, options.default === undefined ? {} : { default: options.default }, options),
  );

const intField = (
  { min, max }: Range,
  schema: ApiPropertyOptions,
  options: FieldOptions,
): PropertyDecorator =>
  field(
    { type: 'integer', minimum: min, maximum: max, ...schema },
    options,
    check(
      'integer',
      `must be a whole number from ${min} to ${max}`,
      (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
    ),
  );
