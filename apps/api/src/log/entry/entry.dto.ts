import { ApiProperty } from '@nestjs/swagger';
import { UuidField } from '../../edge/fields/text.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { EntryAnswer } from '../shown/entry.answer.js';

export class EntryParams extends TenantParams {
  @UuidField()
  entry!: string;
}

export class EntryWithSize {
  @ApiProperty({
    description: 'Entries of the log this answer was made from, of all of its origins together.',
  })
  size!: number;

  @ApiProperty({ type: EntryAnswer })
  entry!: EntryAnswer;
}
