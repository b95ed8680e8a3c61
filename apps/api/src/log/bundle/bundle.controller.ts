import { Controller, Get, Header, Inject, Param, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatProofFile } from '@candor/crypto/tlog';
import { formatBundle } from '@candor/crypto/verify';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { FileRoute } from '../../edge/openapi/routes.js';
import { Problem } from '../../edge/problem/problem.js';
import { ANCHORING, LOG_FILES } from '../../ports.js';
import { TenantDirectory } from '../../tenant/tenant-directory.js';
import { Readings } from '../reading/readings.js';
import type { Anchoring } from '../tree/anchoring.js';
import { Disclosures } from '../tree/disclosures.js';
import { IndexParams } from '../tree/log-file.dto.js';
import type { LogFiles } from '../tree/log-files.js';

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
    @Inject(TenantDirectory) private readonly tenants: TenantDirectory,
  ) {}

  @Get()
  @Requires('log.read')
  @Header('Content-Type', JSON_TEXT)
  @FileRoute('An entry, opened, with its proofs up to the anchor log: formats v1 §6', JSON_TEXT)
  async read(
    @Param() { tenant: log, index: number }: IndexParams,
    @Req() request: FastifyRequest,
  ): Promise<string> {
    const caller = callerOf(request);
    await this.tenants.require(log);
    const index = Number(number);
    const newest = await this.files.head(log);
    const [entry] = index < newest.size ? await this.files.entries(log, index, index + 1, 0) : [];
    const count = entry === undefined ? 0 : 1;
    const shown = entry === undefined ? [] : [index];
    const reading = { view: 'bundle', filter: {}, count, size: newest.size, shown } as const;
    await this.readings.record(caller, log, reading);
    if (entry === undefined) throw Problem.of('entry.unknown');
    const anchored = await this.anchoring.of(log, index);
    const head = anchored?.head ?? newest;
    const [proof, note, [fields = []]] = await Promise.all([
      this.files.inclusion(log, index, head.size),
      this.files.note(log, head),
      this.disclosures.of([entry], await this.files.erasures(log, head.size)),
    ]);
    return formatBundle({
      entry: entry.entry,
      openings: fields.flatMap((field) => ('salt' in field ? [field] : [])),
      log: formatProofFile({ index, proof, note }),
      anchored: anchored ?? null,
    });
  }
}
