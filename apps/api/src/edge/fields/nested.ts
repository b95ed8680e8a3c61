import { applyDecorators, type Type as Class } from '@nestjs/common';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject, ValidateNested } from 'class-validator';
import { field, type FieldOptions } from './field.js';

/** An object with fields of its own. */
export const ObjectField = (dto: () => Class, options: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    Type(dto),
    field({ type: () => dto() }, options, IsObject({ message: 'must be an object' }), ValidateNested()),
  );

/** A list of objects. */
export const ListField = (
  dto: () => Class,
  size: { readonly min: number; readonly max: number },
  options: FieldOptions = {},
): PropertyDecorator =>
  applyDecorators(
    Type(dto),
    field(
      { type: [dto()], minItems: size.min, maxItems: size.max },
      options,
      IsArray({ message: 'must be a list' }),
      ArrayMinSize(size.min, { message: `must have at least ${size.min} items` }),
      ArrayMaxSize(size.max, { message: `must have at most ${size.max} items` }),
      ValidateNested({ each: true }),
    ),
  );
