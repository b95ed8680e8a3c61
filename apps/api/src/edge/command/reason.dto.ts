import type { Reason } from '@candor/domain';
import { ObjectField } from '../fields/nested.js';
import { PatternField, TextField } from '../fields/text.js';

/** Why something is done. */
export class ReasonDto {
  @PatternField(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/,
    'must be a code of at most 64 letters, digits and . _ : -',
    {
      optional: true,
      example: 'CUSTOMER_INITIATED_SUPPORT',
    },
  )
  code?: string | null;

  @TextField({ optional: true, description: 'Where it was asked for; personal.' })
  ticket?: string | null;
}

/** What every write may carry. */
export class WriteDto {
  @ObjectField(() => ReasonDto, { optional: true })
  reason?: ReasonDto | null;
}

export function reasonOf(dto: WriteDto): Reason | null {
  if (dto.reason === undefined || dto.reason === null) return null;
  return { code: dto.reason.code ?? null, ticket: dto.reason.ticket ?? null };
}
