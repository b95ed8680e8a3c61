import { ApiProperty } from '@nestjs/swagger';
import type { SinkOrder } from '@candor/read-models';
import { QueryIntField } from '../edge/fields/number.js';
import { UuidField } from '../edge/fields/text.js';
import { SizedAnswer } from '../log/reading/sized.answer.js';

export const FEED_PAGE = 20;

export class SinkFeedDto {
  @UuidField({
    optional: true,
    description:
      'The last order that the sink has: it is recorded that it was told of every order up to this one. From the beginning, when absent.',
  })
  after?: string;

  @QueryIntField({ min: 1, max: 100 }, { optional: true, default: FEED_PAGE })
  limit?: number;
}

export class SinkOrderAnswer implements SinkOrder {
  @ApiProperty({ format: 'uuid', description: 'The entry that ordered it.' })
  order!: string;

  @ApiProperty({ format: 'uuid', description: 'What to confirm; several orders may belong to one erasure.' })
  erasure!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ enum: ['erasure', 'retention', 'offboarding'] })
  rule!: string;

  @ApiProperty()
  ground!: string;

  @ApiProperty({
    type: [String],
    nullable: true,
    description:
      'What was sealed under these keys is to be erased; null: all that was recorded in the class and the period.',
  })
  keys!: readonly string[] | null;

  @ApiProperty({ type: String, nullable: true, description: 'Null: every class.' })
  class!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '2026-11', description: 'Null: every period.' })
  period!: string | null;

  @ApiProperty({ type: [String], description: 'Whose data; none at the end of a term or of a contract.' })
  subjects!: readonly string[];
}

export class SinkFeedAnswer extends SizedAnswer {
  @ApiProperty({ type: [SinkOrderAnswer], description: 'In the order of the log.' })
  orders!: readonly SinkOrderAnswer[];

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'To be given as `after` once the sink has kept these; also when no further order is there.',
  })
  next!: string | null;
}
