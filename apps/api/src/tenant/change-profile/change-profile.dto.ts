import { WriteDto } from '../../edge/command/reason.dto.js';
import { AddressField, PatternField, TextField } from '../../edge/fields/text.js';

/** What is absent stays; null takes a register number or a breach contact away. */
export class ChangeProfileDto extends WriteDto {
  @TextField({ optional: true })
  legalName?: string | null;

  @TextField({ optional: true })
  registerNumber?: string | null;

  @PatternField(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code', { optional: true })
  country?: string | null;

  @AddressField({ optional: true })
  breachContact?: string | null;
}
