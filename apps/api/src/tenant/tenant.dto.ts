import { ApiProperty } from '@nestjs/swagger';
import { UuidField } from '../edge/fields/text.js';
import { Written } from '../edge/openapi/answers.js';

export class TenantParams {
  @UuidField()
  tenant!: string;
}

export class MemberParams extends TenantParams {
  @UuidField()
  user!: string;
}

export const memberRoles = ['owner', 'admin', 'member', 'viewer'] as const;

export class TenantWritten extends Written {
  @UuidField({ description: 'The tenant, and its log.' })
  tenant!: string;
}

export class LogSlot {
  @ApiProperty({ description: 'The log’s slot in every epoch of the anchor log, for ever.' })
  slot!: number;

  @ApiProperty({
    description:
      'Base64 of 32 bytes: opens the log’s slot in the public slots of every epoch. Keep it with the contract.',
  })
  slotKey!: string;
}

export class TenantRegistered extends TenantWritten {
  @ApiProperty({ type: LogSlot })
  anchor!: LogSlot;
}

export class MemberWritten extends Written {
  @UuidField({ description: 'The member: the same id for the same address in this tenant.' })
  user!: string;
}
