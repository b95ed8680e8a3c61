import { applyDecorators, type Type as Class } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsObject, ValidateNested } from 'class-validator';
import { field, type FieldOptions } from './field.js';

/** An object with fields of its own. */
export const ObjectField = (dto: () => Class, options: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    Type(dto),
    field({ type: () => dto() }, options, IsObject({ message: 'must be an object' }), ValidateNested()),
  );
