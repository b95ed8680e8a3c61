import { ApiProperty } from '@nestjs/swagger';
import { WriteDto } from '../edge/command/reason.dto.js';
import { IntField } from '../edge/fields/number.js';
import { PatternField, TextField, UuidField } from '../edge/fields/text.js';
import { Written } from '../edge/openapi/answers.js';
import { TenantParams } from '../tenant/tenant.dto.js';
import { SizedAnswer } from '../log/reading/sized.answer.js';

export class SinkParams extends TenantParams {
  @UuidField()
  sink!: string;
}

export class RegisterSinkDto extends WriteDto {
  @PatternField(
    /^[a-z0-9](?:[a-z0-9._:-]{0,62}[a-z0-9])?$/,
    'must be a word of at most 64 lower-case letters, digits and . _ : -',
    { example: 'search-index' },
  )
  kind!: string;

  @TextField({ description: 'What it is called; personal.' })
  name!: string;

  @IntField(
    { min: 0, max: 36_525 },
    { optional: true, description: 'Days until it loses by itself what it was sent.' },
  )
  keepsDays?: number | null;
}

export class SinkWritten extends Written {
  @UuidField()
  sink!: string;
}

export class SinkRegisteredAnswer extends SinkWritten {
  @ApiProperty({
    description:
      'The sink’s own bearer token: it fetches what it is to erase, and confirms it, and nothing else.',
  })
  credential!: string;
}

export class SinkAnswer {
  @ApiProperty({ format: 'uuid' })
  sink!: string;

  @ApiProperty()
  kind!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'Text, or {"state": …}.' })
  name!: unknown;

  @ApiProperty({ type: Number, nullable: true })
  keepsDays!: number | null;

  @ApiProperty({ format: 'date-time' })
  registeredAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  removedAt!: string | null;
}

export class SinksAnswer extends SizedAnswer {
  @ApiProperty({ type: [SinkAnswer] })
  sinks!: readonly SinkAnswer[];
}
