import { ApiProperty } from '@nestjs/swagger';
import type { Member } from '@candor/read-models';
import { TenantAnswer } from '../shown-tenant.js';

export class MemberAnswer implements Omit<Member, 'invitation'> {
  @ApiProperty({ format: 'uuid' })
  user!: string;

  @ApiProperty()
  role!: string;

  @ApiProperty()
  active!: boolean;

  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  ended!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'Text, or {"state": …}.' })
  address!: unknown;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Text, or {"state": …}.',
  })
  name!: unknown;
}

export class TenantWithMembers extends TenantAnswer {
  @ApiProperty({ description: 'Entries of the log this answer was made from.' })
  size!: number;

  @ApiProperty({ type: [MemberAnswer], description: 'Present and former.' })
  members!: readonly MemberAnswer[];
}
