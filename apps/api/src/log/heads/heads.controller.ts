import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ExportText } from '@candor/crypto/verify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { PatternField } from '../../edge/fields/text.js';
import { LogFileRoute } from '../../edge/openapi/routes.js';
import { ANCHORING } from '../../ports.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import type { Anchoring } from '../tree/anchoring.js';
import { SuccessionDto } from '../tree/log-file.dto.js';
import { LogParts } from '../tree/log-parts.js';

const NDJSON = 'application/x-ndjson; charset=utf-8';

export class HeadsDto extends SuccessionDto {
  @PatternField(/^(?:0|[1-9]\d{0,14})$/, 'must be the number of an epoch', {
    optional: true,
    description:
      'The first epoch, 0 when absent. An answer holds some of the heads from there on: ask again after the last.',
    example: '0',
  })
  from?: string;
}

/** The log's heads in epochs, for a monitor that opens its slot in each. No reading: nothing personal is in it. */
@ApiTags('Verifiable log')
@Controller('v1/tenants/:tenant/log/heads')
export class HeadsController {
  constructor(
    @Inject(ANCHORING) private readonly anchoring: Anchoring,
    @Inject(LogParts) private readonly parts: LogParts,
  ) {}

  @Get()
  @Requires('log.read')
  @Header('Content-Type', NDJSON)
  @LogFileRoute('The log’s heads in published epochs, as an export writes them (formats v1 §7)', NDJSON)
  async read(@Param() { tenant }: TenantParams, @Query() { from, succession }: HeadsDto): Promise<string> {
    const part = await this.parts.require(tenant, succession);
    const first = Number(from ?? 0);
    const last = (await this.anchoring.published())?.epoch ?? -1;
    const heads = first > last ? [] : await this.anchoring.heads(part, first, last, null);
    const text = new ExportText();
    return heads.map(({ e, note, path }) => text.line({ t: 'head', e, note, path })).join('');
  }
}
