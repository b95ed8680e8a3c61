import { ApiProperty } from '@nestjs/swagger';
import { holdBases, keyClasses, type KeyClass } from '@candor/domain';
import { WriteDto } from '../edge/command/reason.dto.js';
import { ChoiceField, TextField, UuidField } from '../edge/fields/text.js';
import { TimeField } from '../edge/fields/time.js';
import { Written } from '../edge/openapi/answers.js';
import { TenantParams } from '../tenant/tenant.dto.js';
import { SizedAnswer } from '../log/reading/sized.answer.js';

export class HoldParams extends TenantParams {
  @UuidField()
  hold!: string;
}

export class PlaceHoldDto extends WriteDto {
  @UuidField({ optional: true, description: 'Whose keys; the whole log’s, when absent.' })
  subject?: string | null;

  @ChoiceField(keyClasses, { optional: true, description: 'Of which retention class; of all, when absent.' })
  class?: KeyClass | null;

  @ChoiceField(holdBases)
  basis!: (typeof holdBases)[number];

  @TextField({ optional: true, description: 'Of the proceedings; personal.' })
  reference?: string | null;

  @TextField({ optional: true, max: 2_000, lines: true, description: 'Why, in words; personal.' })
  statement?: string | null;

  @TimeField({ optional: true, description: 'Until it is released, when absent.' })
  until?: string | null;
}

export class HoldWritten extends Written {
  @UuidField()
  hold!: string;
}

const personal = { type: 'object', additionalProperties: true, nullable: true } as const;

export class HoldAnswer {
  @ApiProperty({ format: 'uuid' })
  hold!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  subject!: string | null;

  @ApiProperty({ type: String, nullable: true })
  class!: string | null;

  @ApiProperty({ enum: holdBases })
  basis!: string;

  @ApiProperty({ ...personal, description: 'Text, or {"state": …}.' })
  reference!: unknown;

  @ApiProperty({ ...personal, description: 'Text, or {"state": …}.' })
  statement!: unknown;

  @ApiProperty({ format: 'date-time' })
  placedAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  until!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  releasedAt!: string | null;
}

export class HoldsAnswer extends SizedAnswer {
  @ApiProperty({ type: [HoldAnswer] })
  holds!: readonly HoldAnswer[];
}
