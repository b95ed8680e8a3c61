import { ApiProperty } from '@nestjs/swagger';
import type { Tenant } from '@candor/read-models';
import { without } from '../without.js';
import { member } from '../log/shown/member.js';
import type { ShownEntry } from '../log/shown/shown-entry.js';
import type { Answer } from '../edge/openapi/answer.js';

const personal = {
  type: 'object',
  additionalProperties: true,
  nullable: true,
  description: 'Text, or {"state": "erased" | "lost"}.',
} as const;

export class TenantAnswer implements Omit<Tenant, 'profile'> {
  @ApiProperty({ format: 'uuid' })
  tenant!: string;

  @ApiProperty(personal)
  legalName!: unknown;

  @ApiProperty(personal)
  registerNumber!: unknown;

  @ApiProperty(personal)
  breachContact!: unknown;

  @ApiProperty()
  country!: string;

  @ApiProperty({ enum: ['controller', 'processor'] })
  role!: string;

  @ApiProperty()
  dataRegion!: string;

  @ApiProperty({ description: 'Of the anchor log, for ever.' })
  slot!: number;

  @ApiProperty()
  operator!: string;

  @ApiProperty({ format: 'date-time' })
  registeredAt!: string;
}

/** A tenant with what its newest profile event holds, opened. */
export function shownTenant(tenant: Tenant, entry: ShownEntry | undefined): Answer<TenantAnswer> {
  return {
    ...without(tenant, 'profile'),
    legalName: member(entry?.body, 'legalName'),
    registerNumber: member(entry?.body, 'registerNumber'),
    breachContact: member(entry?.body, 'breachContact'),
  };
}
