import { Readable } from 'node:stream';
import { Controller, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { Problem } from '../../edge/problem/problem.js';
import { Semaphore } from '../../edge/semaphore.js';
import { ChoiceField } from '../../edge/fields/text.js';
import { Receipts } from '../../log/receipt/receipts.js';
import { CLOCK, type Clock } from '../../ports.js';
import { Recorder } from '../recorder.js';
import { BulkRoute } from './bulk.openapi.js';
import { bulkVerdicts } from './bulk-run.js';
import { unpack } from './unpack.js';

/** Batches at once over all requests. */
const BATCHES = 4;

export class BulkDto {
  @ChoiceField(['true', 'false'], {
    optional: true,
    description:
      'Whether each line that has an entry is answered with its receipt (formats v1 §8.1). It costs a signature a line: `false` when absent. What is sent again with `true` is answered with the same receipts: so is a line that is `rejected` because no receipt could be made, which may be stored.',
  })
  receipts?: 'true' | 'false';
}

@ApiTags('Records')
@Controller('v1/records')
export class BulkController {
  private readonly gate = new Semaphore(BATCHES);

  constructor(
    @Inject(Recorder) private readonly recorder: Recorder,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Receipts) private readonly receipts: Receipts,
  ) {}

  @Post()
  @HttpCode(200)
  @Requires('record.report', 'lines')
  @BulkRoute()
  record(@Query() dto: BulkDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { principal } = callerOf(request);
    if (!(request.body instanceof Readable)) throw Problem.of('request.media-type-unsupported');
    const body = unpack(request.body, request.headers);
    const { recorder, clock, gate } = this;
    const receipts = dto.receipts === 'true' ? this.receipts : undefined;
    const verdicts = Readable.from(bulkVerdicts(body, principal, { recorder, clock, gate, receipts }));
    void reply.header('Content-Type', 'application/x-ndjson').send(verdicts);
  }
}
