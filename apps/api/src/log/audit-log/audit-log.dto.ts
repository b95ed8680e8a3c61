import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, PatternField, UuidField } from '../../edge/fields/text.js';
import { TimeField } from '../../edge/fields/time.js';
import { EntryAnswer } from '../shown/entry.answer.js';
import { OrderedPageDto } from '../reading/read.dto.js';

export class AuditLogDto extends OrderedPageDto {
  @UuidField({ optional: true })
  actor?: string;

  @PatternField(
    /^(?=.{1,64}$)[a-z][a-z-]*(?:\.[a-z][a-z-]*)*(?:\.\*?)?$/,
    'must be an event type or its beginning',
    {
      optional: true,
      description: 'An event type, or all that begin so: `access.grant-approved`, `access.` or `access.*`.',
    },
  )
  action?: string;

  @UuidField({ optional: true })
  target?: string;

  @ChoiceField(['success', 'failure', 'refused'], { optional: true })
  outcome?: 'success' | 'failure' | 'refused';

  @TimeField({ optional: true, description: 'Recorded at or after this time.' })
  from?: string;

  @TimeField({ optional: true, description: 'Recorded before this time.' })
  to?: string;
}

export class AuditLogAnswer {
  @ApiProperty({ description: 'Entries of the log this page was made from, of all of its origins together.' })
  size!: number;

  @ApiProperty({ type: [EntryAnswer] })
  entries!: readonly EntryAnswer[];

  @ApiProperty({ type: String, nullable: true, description: 'The cursor of the next page; null at the end.' })
  next!: string | null;
}
