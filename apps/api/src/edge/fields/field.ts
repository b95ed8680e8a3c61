import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsOptional, ValidateBy, ValidateIf, type ValidationOptions } from 'class-validator';

export interface FieldOptions {
  /** The field may be missing or null, and both mean the same; or it may only be missing, or only be null. */
  readonly optional?: boolean | 'missing' | 'null';
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
    required: optional === false || optional === 'null',
    ...(optional === true || optional === 'null' ? { nullable: true } : {}),
    ...(description === undefined ? {} : { description }),
  } as ApiPropertyOptions;
  return applyDecorators(ApiProperty(api), ...passedOver(optional), ...checks);
}

/** Which values are not checked at all. */
function passedOver(optional: FieldOptions['optional'] = false): readonly PropertyDecorator[] {
  switch (optional) {
    case false:
      return [];
    case true:
      return [IsOptional()];
    case 'missing':
      return [ValidateIf((_, value) => value !== undefined)];
    case 'null':
      return [ValidateIf((_, value) => value !== null)];
  }
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
