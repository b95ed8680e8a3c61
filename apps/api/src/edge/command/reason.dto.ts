import type { Reason } from '@candor/domain';
import { ObjectField } from '../fields/nested.js';
import { PatternField, TextField } from '../fields/text.js';

const ReasonCodeField = (options: { readonly optional?: boolean } = {}): PropertyDecorator =>
  PatternField(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/,
    'must be a code of at most 64 letters, digits and . _ : -',
    { ...options, example: 'CUSTOMER_INITIATED_SUPPORT' },
  );

const TicketField = (): PropertyDecorator =>
  TextField({ optional: true, description: 'Where it was asked for; personal.' });

/** Why something is done. */
export class ReasonDto {
  @ReasonCodeField({ optional: true })
  code: string | null = null;

  @TicketField()
  ticket: string | null = null;
}

/** Why something is done that is never done without a reason. No subclass of the other: checks are inherited. */
export class StatedReasonDto {
  @ReasonCodeField()
  code!: string;

  @TicketField()
  ticket?: string | null;
}

/** A write, as far as it says why. */
export interface Reasoned {
  readonly reason?: {
    readonly code?: string | null | undefined;
    readonly ticket?: string | null | undefined;
  } | null;
}

/** What every write may carry. */
export class WriteDto {
  @ObjectField(() => ReasonDto, { optional: true })
  reason?: ReasonDto | null;
}

export function reasonOf(dto: Reasoned): Reason | null {
  if (dto.reason === undefined || dto.reason === null) return null;
  return { code: dto.reason.code ?? null, ticket: dto.reason.ticket ?? null };
}
