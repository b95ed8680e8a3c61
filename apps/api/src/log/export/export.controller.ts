import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { LogOrigin } from '@candor/read-models';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { ChoiceField, PatternField } from '../../edge/fields/text.js';
import { NDJSON, sendLines } from '../../edge/http/lines.js';
import { LogFileRoute } from '../../edge/openapi/routes.js';
import { Problem } from '../../edge/problem/problem.js';
import { Semaphore } from '../../edge/semaphore.js';
import { ANCHORING, LOG_FILES, LOGGER, OWN_WITNESSES } from '../../ports.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { Readings } from '../reading/readings.js';
import type { Anchoring } from '../tree/anchoring.js';
import { Disclosures } from '../tree/disclosures.js';
import { SuccessionDto } from '../tree/log-file.dto.js';
import type { LogFiles, OriginPart } from '../tree/log-files.js';
import { LogParts } from '../tree/log-parts.js';
import { exportText } from './export-lines.js';

/** A size or a number: decimal, without leading zero, small enough to be exact. */
const NUMBER = /^(?:0|[1-9]\d{0,14})$/;
/** Pieces in the making at once, over all exports: what bounds the memory. */
const PIECES = 4;

export class ExportDto extends SuccessionDto {
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
    @Inject(LogParts) private readonly parts: LogParts,
    @Inject(OWN_WITNESSES) private readonly witnesses: readonly string[],
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Get()
  @Requires('log.export')
  @LogFileRoute('The log as a file that proves itself: NDJSON of formats v1 §7', NDJSON)
  async read(
    @Param() { tenant: log }: TenantParams,
    @Query() { from: start, epoch, envelopes, succession }: ExportDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerOf(request);
    const part = await this.parts.require(log, succession);
    const from = Number(start ?? 0);
    const { size, ended, head, published } = await this.extentOf(part);
    // What was kept of an origin that ended may be lost since.
    if (ended && from > 0) await this.files.headOf({ ...part, ended }, from);
    if (from > size) throw Problem.of('checkpoint.unknown');
    const name = await this.anchoring.name(part);
    const last = published?.epoch ?? -1;
    const first = await firstEpochOf(this.anchoring, { part, from, last, wanted: epoch });
    const [begin, end] = [part.start + from, part.start + size];
    await this.readings.exported(caller, log, { from: begin, size: end, count: end - begin });
    const { files, anchoring, disclosures, gate, witnesses } = this;
    const opened = envelopes === 'true';
    const plan = { part, from, first, name, size, head, published, witnesses, envelopes: opened };
    await sendLines(reply, exportText(plan, { files, anchoring, disclosures, gate }), this.logger);
  }

  /** What there is of an origin, and the newest checkpoint of the anchor log up to which it is shown. */
  private async extentOf(part: OriginPart) {
    // In this order: the head is at least what the published epochs have of the log, whatever happens meanwhile.
    const published = await this.anchoring.published();
    const extent = await this.files.extent(part);
    const { ended, head } = extent;
    if (!ended) return { ...extent, published };
    return { ...extent, published: head && (await this.anchoring.publishedBefore(part, head.size)) };
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
    readonly part: LogOrigin;
    readonly from: number;
    readonly last: number;
    readonly wanted: string | undefined;
  },
): Promise<number> {
  const { part, from, last, wanted } = asked;
  const published = (epoch: number | undefined) => (epoch === undefined || epoch > last ? last + 1 : epoch);
  const covering = published(await anchoring.firstEpoch(part, Math.max(from, 1)));
  if (wanted === undefined || from === 0) return covering;
  const next = Number(wanted);
  if (next > last + 1) throw Problem.of('anchor.unknown');
  const begun = published(await anchoring.firstEpoch(part, 1));
  if (Math.max(next, begun) < covering) throw Problem.of('export.head-left-out');
  return Math.max(next, covering);
}
