import { ApiProperty } from '@nestjs/swagger';

/** What every answer to a query says beside what was asked. */
export class SizedAnswer {
  @ApiProperty({ description: 'Entries of the log this was answered from, of all of its origins together.' })
  size!: number;
}
