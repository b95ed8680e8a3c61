import { granteeKinds, levels, scopeKinds } from '@candor/domain';
import { StatedReasonDto } from '../../edge/command/reason.dto.js';
import { ObjectField } from '../../edge/fields/nested.js';
import { ChoiceField, TextField, UuidField } from '../../edge/fields/text.js';
import { TimeField } from '../../edge/fields/time.js';

export class GranteeDto {
  @ChoiceField(granteeKinds)
  kind!: (typeof granteeKinds)[number];

  @UuidField({
    description: 'A user’s id is the one the invitation answered; whoever is no member is external.',
  })
  id!: string;

  @TextField({ optional: true })
  name?: string | null;
}

export class ScopeDto {
  @ChoiceField(scopeKinds)
  kind!: (typeof scopeKinds)[number];

  @UuidField({ optional: true, description: 'Of a mailbox or a thread; none for account and delivery-log.' })
  id?: string | null;
}

export class GiveGrantDto {
  @ObjectField(() => StatedReasonDto)
  reason!: StatedReasonDto;

  @ObjectField(() => GranteeDto)
  grantee!: GranteeDto;

  @ChoiceField(levels)
  level!: (typeof levels)[number];

  @ObjectField(() => ScopeDto)
  scope!: ScopeDto;

  @TimeField({ optional: true, description: 'Now, when absent; at most five minutes from it otherwise.' })
  from?: string | null;

  @TimeField({ description: 'At most 366 days after its beginning.' })
  until!: string;

  @TextField({ optional: true, max: 2_000, lines: true, description: 'Why, in words; personal.' })
  statement?: string | null;

  @ChoiceField(['tenant', 'operator'], {
    optional: true,
    description: 'For whom it is approved; tenant when absent.',
  })
  side?: 'tenant' | 'operator' | null;
}
