import { WriteDto } from '../../edge/command/reason.dto.js';
import { ChoiceField } from '../../edge/fields/text.js';
import { memberRoles } from '../tenant.dto.js';

export class ChangeRoleDto extends WriteDto {
  @ChoiceField(memberRoles)
  role!: (typeof memberRoles)[number];
}
