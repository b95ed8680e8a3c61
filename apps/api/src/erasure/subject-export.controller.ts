import { randomUUID } from 'node:crypto';
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { subjectRequestDecider, type Uuid } from '@candor/domain';
import { Executor } from '@candor/event-store';
import type { LogVault } from '@candor/vault';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Requires } from '../edge/auth/requires.decorator.js';
import { type Caller, callerOf, contextOf } from '../edge/command/caller.js';
import { sendLines } from '../edge/http/lines.js';
import { classify } from '../edge/problem/classify.js';
import { Problem } from '../edge/problem/problem.js';
import { ReadGate } from '../log/reading/read-gate.js';
import { Readings } from '../log/reading/readings.js';
import { ReadDto } from '../log/reading/read.dto.js';
import { CLOCK, type Clock, LOGGER, VAULT, VIEWS } from '../ports.js';
import type { Named, Views } from '../views/views.js';
import { SubjectRequestParams } from './subject.dto.js';
import { SubjectLines } from './subject-lines.js';

const ANSWER_TIME = 5_000;

/** Everything that concerns a person, as NDJSON: given out whole, the answer to a request for access (GDPR Art. 15, 20). */
@ApiTags('Erasure')
@Controller('v1/tenants/:tenant/subject-requests/:request/export')
export class SubjectExportController {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(Readings) private readonly readings: Readings,
    @Inject(Executor) private readonly executor: Executor,
    @Inject(SubjectLines) private readonly lines: SubjectLines,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Get()
  @Requires('subject-request.export')
  @ApiOperation({
    summary:
      'What is held about the person: every entry that names or concerns them, accesses too, and who read or was given them. Their values are opened, those of others withheld',
  })
  @ApiProduces('application/x-ndjson')
  @ApiResponse({
    status: 200,
    description:
      'NDJSON: a `subjects` line, `entry` lines, a `reader` line for each who was shown or given some of them, an `end` line (`more`: there are older readings that were not looked at).',
  })
  async export(
    @Param() { tenant, request: id }: SubjectRequestParams,
    @Query() { after }: ReadDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerOf(request);
    const { named, size, count } = await this.gate.tenant(tenant, 'subject-requests', after, async () => {
      const subjects = await this.subjectsOf(tenant, id);
      const size = await this.views.size(tenant);
      // Asked for after the size: whatever these entries are sealed under is there.
      const keys = (await this.vault.erasures.livingKeys(tenant, subjects)).map(({ keyId }) => keyId);
      const named = { subjects, keys };
      return { named, size, count: await this.views.countNaming(tenant, named, size) };
    });
    const exported = await this.readings.recordExport(caller, tenant, named.subjects, { size, count });
    // The last of it was given out; a reader that goes before that has no answer, and asks again.
    reply.raw.once('finish', () => void this.answer(caller, tenant, id, exported));
    await sendLines(reply, this.lines.of(tenant, named, size), this.logger);
  }

  /** @throws Problem `subject.request-unknown`, `subject.other-request` */
  private async subjectsOf(tenant: Uuid, request: Uuid): Promise<Named['subjects']> {
    for (const { fact } of await this.views.erasureFacts(tenant, 'subjectrequest', request)) {
      if (fact.type !== 'log.subject-request-received') continue;
      if (fact.body.kind !== 'access') throw new Problem('subject.other-request');
      return fact.body.subjects;
    }
    throw new Problem('subject.request-unknown');
  }

  /** The first export that was given out whole is the answer; a later one changes nothing. */
  private async answer(caller: Caller, tenant: Uuid, request: Uuid, event: Uuid): Promise<void> {
    const now = this.clock();
    const at = new Date(now).toISOString();
    try {
      const result = await this.executor.execute(subjectRequestDecider, {
        stream: `subjectrequest-${request}`,
        command: { kind: 'answer-subject-request', at, request, answer: 'exported', event },
        commandId: randomUUID(),
        causation: event,
        context: contextOf(caller, tenant, at),
        deadline: now + ANSWER_TIME,
      });
      if (!result.ok && result.rejection.code !== 'subject.request-answered')
        throw new Problem(result.rejection.code);
    } catch (error) {
      // Nobody is told any more: the request stays open, and the next export answers it.
      const refusal = classify(error);
      const reason = refusal?.code ?? (error instanceof Error ? error.name : 'unknown');
      const level = refusal === undefined ? 'error' : 'warn';
      this.logger[level]({ request, reason }, 'that a request was answered could not be recorded');
    }
  }
}
