import { ApiProperty } from '@nestjs/swagger';
import { UuidField } from '../../edge/fields/text.js';
import { RECEIPT } from '../../edge/openapi/answers.js';

export class RecordWritten {
  @UuidField({
    optional: true,
    description:
      'The event that holds the record; null for an end of a delivery that was reported under another key.',
  })
  event!: string | null;

  @ApiProperty({ type: String, nullable: true, description: RECEIPT })
  receipt!: string | null;
}
