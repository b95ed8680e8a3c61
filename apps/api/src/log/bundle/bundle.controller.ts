import { Controller, Get, Header, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatProofFile } from '@candor/crypto/tlog';
import { formatBundle } from '@candor/crypto/verify';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { LogFileRoute } from '../../edge/openapi/routes.js';
import { ANCHORING, LOG_FILES } from '../../ports.js';
import { Readings } from '../reading/readings.js';
import type { Anchoring } from '../tree/anchoring.js';
import { Disclosures } from '../tree/disclosures.js';
import { IndexParams, SuccessionDto } from '../tree/log-file.dto.js';
import type { LogFiles } from '../tree/log-files.js';
import { LogParts } from '../tree/log-parts.js';

const JSON_TEXT = 'application/json; charset=utf-8';

/** One entry with all that proves it, for somebody who has nothing else of the log. */
@ApiTags('Verifiable log')
@Controller('v1/tenants/:tenant/log/bundle/:index')
export class BundleController {
  constructor(
    @Inject(LOG_FILES) private readonly files: LogFiles,
    @Inject(ANCHORING) private readonly anchoring: Anchoring,
    @Inject(Disclosures) private readonly disclosures: Disclosures,
    @Inject(Readings) private readonly readings: Readings,
    @Inject(LogParts) private readonly parts: LogParts,
  ) {}

  @Get()
  @Requires('log.read')
  @Header('Content-Type', JSON_TEXT)
  @LogFileRoute('An entry, opened, with its proofs up to the anchor log: formats v1 §6', JSON_TEXT)
  async read(
    @Param() { tenant: log, index: number }: IndexParams,
    @Query() { succession }: SuccessionDto,
    @Req() request: FastifyRequest,
  ): Promise<string> {
    const caller = callerOf(request);
    const part = await this.parts.require(log, succession);
    const index = Number(number);
    const newest = await this.files.head(part);
    const [entry] = index < newest.size ? await this.files.entries(part, index, index + 1, 0) : [];
    const count = entry === undefined ? 0 : 1;
    const shown = entry === undefined ? [] : [part.start + index];
    const size = part.start + newest.size;
    await this.readings.record(caller, log, { view: 'bundle', filter: {}, count, size, shown });
    if (entry === undefined) throw await this.parts.missing(part, index);
    const anchored = await this.anchoring.of(part, index);
    const head = anchored?.head ?? newest;
    const [proof, note] = await Promise.all([
      this.files.inclusion(part, index, head.size),
      this.files.note(head),
    ]);
    // Only what is opened is in a bundle.
    const [fields = []] = await this.disclosures.of([entry], new Map());
    return formatBundle({
      entry: entry.entry,
      openings: fields.flatMap((field) => ('salt' in field ? [field] : [])),
      log: formatProofFile({ index, proof, note }),
      anchored: anchored ?? null,
    });
  }
}
