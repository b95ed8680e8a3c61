import { ApiProperty } from '@nestjs/swagger';
import { QueryIntField } from '../../edge/fields/number.js';
import { PatternField } from '../../edge/fields/text.js';
import { ReadDto } from '../../log/reading/read.dto.js';
import { TenantAnswer } from '../shown-tenant.js';
import { SizedAnswer } from '../../log/reading/sized.answer.js';

export class ListTenantsDto extends ReadDto {
  @QueryIntField({ min: 1, max: 200 }, { optional: true, default: 100 })
  limit?: number;

  @PatternField(/^[A-Za-z0-9_-]{1,512}$/, 'must be a cursor that the page before answered', {
    optional: true,
  })
  cursor?: string;
}

export class TenantsAnswer extends SizedAnswer {
  @ApiProperty({ type: [TenantAnswer] })
  tenants!: readonly TenantAnswer[];

  @ApiProperty({ type: String, nullable: true })
  next!: string | null;
}
