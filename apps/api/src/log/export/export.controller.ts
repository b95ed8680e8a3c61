import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { ChoiceField, PatternField } from '../../edge/fields/text.js';
import { NDJSON, sendLines } from '../../edge/http/lines.js';
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

/** A size or a number: decimal, without leading zero, small enough to be exact. */
const NUMBER = /^(?:0|[1-9]\d{0,14})$/;
/** Pieces in the making at once, over all exports: what bounds the memory. */
const PIECES = 4;

export class ExportDto {
  @PatternField(NUMBER, 'must be the size of a head', {
    optional: true,
    description:
      'Continues an export: the size of the last head it shows, whose checkpoint the verifier keeps. 0 when absent.',
  })
  from?: string;

  @PatternField(NUMBER, 'must be the number of an epoch', {
    optional: true,
    description:
      'With `from`: the epoch after the last one of the export that is continued. Heads before it are not given again.',
  })
  epoch?: string;

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
    @Query() { from: start, epoch, envelopes }: ExportDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerOf(request);
    await this.tenants.require(log);
    const from = Number(start ?? 0);
    // In this order: the head is at least what the published epochs have of the log, whatever happens meanwhile.
    const published = await this.anchoring.published();
    const head = await this.files.head(log);
    if (from > head.size) throw Problem.of('checkpoint.unknown');
    const name = await this.anchoring.name(log);
    const last = published?.epoch ?? -1;
    const first = await firstEpochOf(this.anchoring, { log, from, last, wanted: epoch });
    await this.readings.exported(caller, log, { from, size: head.size, count: head.size - from });
    const { files, anchoring, disclosures, gate, witnesses } = this;
    const opened = envelopes === 'true';
    const plan = { log, from, first, name, head, published, witnesses, envelopes: opened };
    await sendLines(reply, exportText(plan, { files, anchoring, disclosures, gate }));
  }
}

/**
 * The first epoch an export gives a head for (formats v1 §7, ADR 23). A head below `from` cannot be checked with what the
 * export has, so one that would have to be left out is refused: the export has to begin earlier.
 * @throws Problem `export.head-left-out`, `anchor.unknown`
 */
async function firstEpochOf(
  anchoring: Anchoring,
  asked: {
    readonly log: string;
    readonly from: number;
    readonly last: number;
    readonly wanted: string | undefined;
  },
): Promise<number> {
  const { log, from, last, wanted } = asked;
  const published = (epoch: number | undefined) => (epoch === undefined || epoch > last ? last + 1 : epoch);
  const covering = published(await anchoring.firstEpoch(log, Math.max(from, 1)));
  if (wanted === undefined || from === 0) return covering;
  const next = Number(wanted);
  if (next > last + 1) throw Problem.of('anchor.unknown');
  const begun = published(await anchoring.firstEpoch(log, 1));
  if (Math.max(next, begun) < covering) throw Problem.of('export.head-left-out');
  return Math.max(next, covering);
}
