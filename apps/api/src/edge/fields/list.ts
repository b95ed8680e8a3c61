import { applyDecorators, type Type as Class } from '@nestjs/common';
import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import { check, field, type FieldOptions } from './field.js';

interface Length {
  readonly min?: number;
  readonly max: number;
}

/** A list of texts of a given form, which `message` says in words. */
export const PatternListField = (
  pattern: RegExp,
  message: string,
  length: Length,
  options: FieldOptions = {},
): PropertyDecorator =>
  listField(
    { type: 'string', pattern: pattern.source },
    length,
    options,
    `${message}, in a list ${inWords(length)}`,
    (item) => typeof item === 'string' && pattern.test(item),
  );

/** A list of objects with fields of their own. */
export const ObjectListField = (
  dto: () => Class,
  length: Length,
  options: FieldOptions = {},
): PropertyDecorator =>
  applyDecorators(
    Type(dto),
    listField(
      { type: () => dto() },
      length,
      options,
      `must be a list of objects ${inWords(length)}`,
      isObject,
    ),
    ValidateNested(),
  );

const listField = (
  item: object,
  { min = 0, max }: Length,
  options: FieldOptions,
  message: string,
  holds: (item: unknown) => boolean,
): PropertyDecorator =>
  field(
    { ...item, isArray: true, minItems: min, maxItems: max },
    options,
    check(
      'list',
      message,
      (value) => Array.isArray(value) && value.length >= min && value.length <= max && value.every(holds),
    ),
  );

const inWords = ({ min = 0, max }: Length): string => `of ${min} to ${max}`;

/** A list in a list would be checked as if its items stood in the outer one. */
const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
