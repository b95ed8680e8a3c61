import { WriteDto } from '../../edge/command/reason.dto.js';
import { AddressField, ChoiceField, TextField } from '../../edge/fields/text.js';
import { memberRoles } from '../tenant.dto.js';

export class InviteMemberDto extends WriteDto {
  @AddressField()
  address!: string;

  @ChoiceField(memberRoles)
  role!: (typeof memberRoles)[number];

  @TextField({ optional: true })
  name?: string | null;
}
