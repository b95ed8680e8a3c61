import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { check, field, type FieldOptions } from './field.js';

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A whole number of a query string: decimal digits only. */
export const QueryIntField = (range: Range, options: FieldOptions & { readonly default?: number } = {}) =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
    ),
    field(
      {
        type: 'integer',
        minimum: range.min,
        maximum: range.max,
        ...(options.default === undefined ? {} : { default: options.default }),
      },
      options,
      check(
        'integer',
        `must be a whole number from ${range.min} to ${range.max}`,
        (value) => Number.isInteger(value) && Number(value) >= range.min && Number(value) <= range.max,
      ),
    ),
  );
