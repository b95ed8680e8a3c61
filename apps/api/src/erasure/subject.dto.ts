import { ApiProperty } from '@nestjs/swagger';
import { AddressField, TextField, UuidField } from '../edge/fields/text.js';
import { TimeField } from '../edge/fields/time.js';
import { ChoiceField } from '../edge/fields/text.js';
import { WriteDto } from '../edge/command/reason.dto.js';
import { Written } from '../edge/openapi/answers.js';
import { TenantParams } from '../tenant/tenant.dto.js';
import { SubjectsField } from './erasure.dto.js';
import { SizedAnswer } from '../log/reading/sized.answer.js';

/** Exactly one of the two. */
export class SearchSubjectsDto {
  @AddressField({ optional: true })
  address?: string | null;

  @TextField({ optional: true, description: 'A name as it was given somewhere in the log.' })
  name?: string | null;
}

export class FoundSubjectAnswer {
  @ApiProperty({ format: 'uuid' })
  subject!: string;

  @ApiProperty({ enum: ['user', 'employee', 'recipient', 'external', 'tenant'] })
  kind!: string;
}

export class SubjectsAnswer extends SizedAnswer {
  @ApiProperty({ type: [FoundSubjectAnswer] })
  subjects!: readonly FoundSubjectAnswer[];
}

export class SubjectRequestParams extends TenantParams {
  @UuidField()
  request!: string;
}

export class ReceiveSubjectRequestDto extends WriteDto {
  @SubjectsField()
  subjects!: readonly string[];

  @ChoiceField(['access', 'erasure'], { description: 'GDPR Art. 15, or Art. 17.' })
  kind!: 'access' | 'erasure';

  @TimeField({ optional: true, description: 'When the person asked; now, when absent.' })
  askedAt?: string | null;
}

export class AnswerSubjectRequestDto extends WriteDto {
  @ChoiceField(['erased', 'declined'], { description: 'An export answers by itself.' })
  answer!: 'erased' | 'declined';

  @UuidField({ description: 'The entry: the receipt of the erasure, or its refusal.' })
  event!: string;
}

export class SubjectRequestWritten extends Written {
  @UuidField()
  request!: string;
}

export class SubjectRequestAnswer {
  @ApiProperty({ format: 'uuid' })
  request!: string;

  @ApiProperty({ enum: ['access', 'erasure'] })
  kind!: string;

  @ApiProperty({ type: [String] })
  subjects!: readonly string[];

  @ApiProperty({ format: 'date-time' })
  askedAt!: string;

  @ApiProperty({ format: 'date-time', description: 'One month after (GDPR Art. 12(3)).' })
  dueBy!: string;

  @ApiProperty({ type: String, nullable: true, enum: ['exported', 'erased', 'declined'] })
  answer!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  answeredAt!: string | null;
}

export class SubjectRequestsAnswer extends SizedAnswer {
  @ApiProperty({ type: [SubjectRequestAnswer] })
  requests!: readonly SubjectRequestAnswer[];
}
