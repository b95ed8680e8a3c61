import { ApiProperty } from '@nestjs/swagger';
import type { Grant } from '@candor/read-models';
import { ChoiceField, UuidField } from '../../edge/fields/text.js';
import { TimeField } from '../../edge/fields/time.js';
import { PageDto } from '../../log/reading/read.dto.js';

export const grantStates = ['requested', 'scheduled', 'active', 'revoked', 'expired'] as const;

export class ListGrantsDto extends PageDto {
  @ChoiceField(grantStates, { optional: true })
  state?: (typeof grantStates)[number];

  @UuidField({ optional: true })
  grantee?: string;

  @TimeField({ optional: true, description: 'As grants stood at this time; now, when absent.' })
  at?: string;
}

export class GranteeAnswer {
  @ApiProperty({ enum: ['user', 'employee', 'service', 'external'] })
  kind!: string;

  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Text, or {"state": …}.',
  })
  name!: unknown;
}

export class GrantAnswer implements Omit<Grant, 'request' | 'grantee'> {
  @ApiProperty({ format: 'uuid' })
  grant!: string;

  @ApiProperty({ type: GranteeAnswer })
  grantee!: GranteeAnswer;

  @ApiProperty()
  level!: Grant['level'];

  @ApiProperty({ type: 'object', additionalProperties: true })
  scope!: Grant['scope'];

  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  until!: string;

  @ApiProperty({ format: 'date-time' })
  requestedAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  tenantApprovedAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  operatorApprovedAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  activatedAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revokedAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastUseBy!: string | null;

  @ApiProperty({ enum: grantStates })
  state!: Grant['state'];

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Text, or {"state": …}.',
  })
  statement!: unknown;
}

export class GrantsAnswer {
  @ApiProperty({ description: 'Entries of the log this page was made from.' })
  size!: number;

  @ApiProperty({ type: [GrantAnswer] })
  grants!: readonly GrantAnswer[];

  @ApiProperty({ type: String, nullable: true })
  next!: string | null;
}
