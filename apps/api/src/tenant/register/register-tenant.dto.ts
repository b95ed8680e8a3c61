import { AddressField, ChoiceField, PatternField, TextField } from '../../edge/fields/text.js';
import { WriteDto } from '../../edge/command/reason.dto.js';

export class RegisterTenantDto extends WriteDto {
  @TextField()
  legalName!: string;

  @TextField({ optional: true })
  registerNumber?: string | null;

  @PatternField(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code', { example: 'DE' })
  country!: string;

  @ChoiceField(['controller', 'processor'])
  role!: 'controller' | 'processor';

  @PatternField(
    /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
    'must be a lower-case token of at most 32 characters',
    {
      example: 'eu',
    },
  )
  dataRegion!: string;

  @AddressField({ optional: true, description: 'Where the tenant is told of a breach.' })
  breachContact?: string | null;
}
