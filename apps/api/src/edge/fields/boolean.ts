import { check, field, type FieldOptions } from './field.js';

export const BooleanField = (options: FieldOptions = {}): PropertyDecorator =>
  field(
    { type: Boolean },
    options,
    check('boolean', 'must be true or false', (value) => typeof value === 'boolean'),
  );
