import { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { ChoiceField, PatternField } from '../../edge/fields/text.js';
import { FileRoute } from '../../edge/openapi/routes.js';
import { Problem } from '../../edge/problem/problem.js';
import { Semaphore } from '../../edge/semaphore.js';
import { ANCHORING, LOG_FILES, OWN_WITNESSES } from '../../ports.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { TenantDirectory } from '../../tenant/tenant-directory.js';
import { Readings } from '../reading/readings.js';
import type { Anchoring } from '../tree/anchoring.js';
import { Disclosures } from '../tree/disclosures.js';
import type { LogFiles } from '../tree/log-files.js';
import { exportText } from './export-lines.js';

const NDJSON = 'application/x-ndjson';
/** Pieces in the making at once, over all exports: what bounds the memory. */
const PIECES = 4;

export class ExportDto {
  @PatternField(/^(?:0|[1-9]\d{0,14})$/, 'must be an index: the size of an export made before', {
    optional: true,
    description: 'Continues an export: its size. 0 when absent.',
  })
  from?: string;

  @ChoiceField(['true', 'false'], {
    optional: true,
    description: 'Whether sealed envelopes are given too, from which a store can be restored.',
  })
  envelopes?: 'true' | 'false';
}

/** All of a log, with everything that proves it, for a verifier that has nothing else. */
@ApiTags('Verifiable log')
@Controller('v1/tenants/:tenant/export')
export class ExportController {
  private readonly gate = new Semaphore(PIECES);

  constructor(
    @Inject(LOG_FILES) private readonly files: LogFiles,
    @Inject(ANCHORING) private readonly anchoring: Anchoring,
    @Inject(Disclosures) private readonly disclosures: Disclosures,
    @Inject(Readings) private readonly readings: Readings,
    @Inject(TenantDirectory) private readonly tenants: TenantDirectory,
    @Inject(OWN_WITNESSES) private readonly witnesses: readonly string[],
  ) {}

  @Get()
  @Requires('log.export')
  @FileRoute('The log as a file that proves itself: NDJSON of formats v1 §7', NDJSON)
  async read(
    @Param() { tenant: log }: TenantParams,
    @Query() { from: start, envelopes }: ExportDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerOf(request);
    await this.tenants.require(log);
    const from = Number(start ?? 0);
    const head = await this.files.head(log);
    if (from > head.size) throw Problem.of('checkpoint.unknown');
    const [name, published] = await Promise.all([this.anchoring.name(log), this.anchoring.published()]);
    await this.readings.exported(caller, log, { from, size: head.size, count: head.size - from });
    const { files, anchoring, disclosures, gate, witnesses } = this;
    const plan = { log, from, name, head, published, witnesses, envelopes: envelopes === 'true' };
    const text = Readable.from(exportText(plan, { files, anchoring, disclosures, gate }));
    void reply.header('Content-Type', NDJSON).send(text);
  }
}
