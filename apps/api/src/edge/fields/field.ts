import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsOptional, ValidateBy, type ValidationOptions } from 'class-validator';

export interface FieldOptions {
  /** The field may be missing or null; both mean the same. */
  readonly optional?: boolean;
  readonly description?: string;
}

/** A field of a DTO: how it is checked and how OpenAPI describes it, in one place. */
export function field(
  schema: ApiPropertyOptions,
  options: FieldOptions,
  ...checks: readonly PropertyDecorator[]
): PropertyDecorator {
  const { optional = false, description } = options;
  const api = {
    ...schema,
    required: !optional,
    ...(optional ? { nullable: true } : {}),
    ...(description === undefined ? {} : { description }),
  } as ApiPropertyOptions;
  return applyDecorators(ApiProperty(api), ...(optional ? [IsOptional()] : []), ...checks);
}

/** A check that names what it wants; the message never holds the value. */
export function check(
  name: string,
  message: string,
  holds: (value: unknown) => boolean,
  options?: ValidationOptions,
): PropertyDecorator {
  return ValidateBy({ name, validator: { validate: holds, defaultMessage: () => message } }, options);
}
