import { ApiProperty } from '@nestjs/swagger';
import type { Delivery } from '@candor/read-models';
import { QueryIntField } from '../../edge/fields/number.js';
import { PatternField, UuidField } from '../../edge/fields/text.js';
import { HistoryEntry } from '../../log/history/history.dto.js';
import { ReadDto } from '../../log/reading/read.dto.js';
import { TenantParams } from '../../tenant/tenant.dto.js';

export class MessageParams extends TenantParams {
  @UuidField()
  messageId!: string;
}

/** Recipients a page. */
export class DeliveriesDto extends ReadDto {
  @QueryIntField({ min: 1, max: 100 }, { optional: true, default: 100 })
  limit?: number;

  @PatternField(/^[A-Za-z0-9_-]{1,512}$/, 'must be a cursor that the page before answered', {
    optional: true,
  })
  cursor?: string;
}

export class DeliveryAnswer implements Omit<Delivery, 'events'> {
  @ApiProperty({ format: 'uuid', description: 'The recipient’s id in this log.' })
  recipient!: string;

  @ApiProperty({ enum: ['accepted', 'attempted', 'deferred', 'delivered', 'relayed', 'failed'] })
  state!: Delivery['state'];

  @ApiProperty({ type: String, nullable: true, description: 'RFC 3463.' })
  status!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  since!: string | null;

  @ApiProperty()
  attempts!: number;

  @ApiProperty({ description: 'Records that contradicted an earlier one.' })
  conflicts!: number;

  @ApiProperty({ type: [HistoryEntry], description: 'Of a very long story, its beginning and its end.' })
  events!: readonly HistoryEntry[];

  @ApiProperty({ description: 'Events left out between them.' })
  omitted!: number;
}

export class DeliveriesAnswer {
  @ApiProperty({ description: 'Entries of the log this page was made from.' })
  size!: number;

  @ApiProperty({ format: 'uuid' })
  messageId!: string;

  @ApiProperty({ type: [DeliveryAnswer] })
  deliveries!: readonly DeliveryAnswer[];

  @ApiProperty({ type: String, nullable: true })
  next!: string | null;
}
