import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type ReceiveSubjectRequest, subjectRequestDecider, type Uuid } from '@candor/domain';
import type { ErasureFact } from '@candor/read-models';
import { decodeEntry } from '@candor/event-store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../edge/auth/requires.decorator.js';
import { callerOf } from '../edge/command/caller.js';
import type { Answer } from '../edge/openapi/answer.js';
import { ReadRoute, WriteRoute } from '../edge/openapi/routes.js';
import { Problem } from '../edge/problem/problem.js';
import { ReadDto } from '../log/reading/read.dto.js';
import { VIEWS } from '../ports.js';
import { TenantParams } from '../tenant/tenant.dto.js';
import type { Views } from '../views/views.js';
import { ErasureReads } from './erasure-reads.js';
import { StreamWrites } from './stream-writes.js';
import {
  AnswerSubjectRequestDto,
  ReceiveSubjectRequestDto,
  SubjectRequestAnswer,
  SubjectRequestParams,
  SubjectRequestsAnswer,
  SubjectRequestWritten,
} from './subject.dto.js';

const ERASURE = 'erasure-';

/** What a person asks about themselves: what is held (GDPR Art. 15), or that it be erased (Art. 17). */
@ApiTags('Erasure')
@Controller('v1/tenants/:tenant/subject-requests')
export class SubjectRequestController {
  constructor(
    @Inject(StreamWrites) private readonly writes: StreamWrites,
    @Inject(ErasureReads) private readonly reads: ErasureReads,
    @Inject(VIEWS) private readonly views: Views,
  ) {}

  @Post()
  @Requires('subject-request.receive')
  @WriteRoute('Take in what a person asks about themselves', SubjectRequestWritten, 201)
  async receive(
    @Param() { tenant }: TenantParams,
    @Body() dto: ReceiveSubjectRequestDto,
    @Req() httpRequest: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<SubjectRequestWritten>> {
    const meta = await this.writes.take(httpRequest, tenant, dto);
    const request = await this.writes.created(tenant, meta);
    const command: ReceiveSubjectRequest = {
      kind: 'receive-subject-request',
      at: meta.at,
      request,
      asks: dto.kind,
      subjects: [...new Set(dto.subjects)].sort(),
      askedAt: dto.askedAt ?? meta.at,
    };
    const stream = { stream: `subjectrequest-${request}`, isNew: true } as const;
    const outcome = await this.writes.decide(stream, subjectRequestDecider, command, meta);
    return { request, events: await this.writes.events(reply, tenant, outcome) };
  }

  @Post(':request/answer')
  @Requires('subject-request.answer')
  @WriteRoute('Say by which entry a request was answered', SubjectRequestWritten)
  async answered(
    @Param() { tenant, request }: SubjectRequestParams,
    @Body() dto: AnswerSubjectRequestDto,
    @Req() httpRequest: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<SubjectRequestWritten>> {
    const meta = await this.writes.take(httpRequest, tenant, dto);
    await this.requireAnswer(tenant, request, dto);
    const command = { kind: 'answer-subject-request', at: meta.at, request, ...answerOf(dto) } as const;
    const stream = {
      stream: `subjectrequest-${request}`,
      tenant,
      unknown: 'subject.request-unknown',
    } as const;
    const outcome = await this.writes.decide(stream, subjectRequestDecider, command, meta);
    return { request, events: await this.writes.events(reply, tenant, outcome) };
  }

  /**
   * What is cited is what it is cited as: the receipt, or the refusal, of an erasure of all whom the request is about. A
   * receipt from before they asked says nothing of what was written since. A refusal may have another entry of its own: any
   * of this log that is of no erasure will do.
   * @throws Problem `entry.unknown`, `subject.request-unknown`, `subject.other-request`
   */
  private async requireAnswer(
    tenant: Uuid,
    request: Uuid,
    { answer, event }: AnswerSubjectRequestDto,
  ): Promise<void> {
    const { row } = await this.views.entry(tenant, event);
    if (row === undefined) throw Problem.of('entry.unknown');
    const { stream, recordedAt } = decodeEntry(row.stored).json;
    if (!stream.startsWith(ERASURE)) {
      if (answer === 'erased') throw new Problem('subject.other-request');
      return;
    }
    if (row.stored.type !== (answer === 'erased' ? 'log.key-erased' : 'log.erasure-declined'))
      throw new Problem('subject.other-request');
    const asked = await this.reads.begunBy(tenant, 'subjectrequest', request);
    const erased = await this.reads.begunBy(tenant, 'erasure', stream.slice(ERASURE.length));
    const ofAll = asked.subjects.every((subject) => erased.subjects.includes(subject));
    const since = answer !== 'erased' || asked.askedAt === null || recordedAt >= asked.askedAt;
    if (!ofAll || !since) throw new Problem('subject.other-request');
  }

  @Get()
  @Requires('subject-request.read')
  @ReadRoute('Requests of people, with the time by which each is to be answered', SubjectRequestsAnswer)
  async list(
    @Param() { tenant }: TenantParams,
    @Query() { after }: ReadDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<SubjectRequestsAnswer>> {
    const caller = callerOf(request);
    const { shown: requests, size } = await this.reads.read(
      'subject-requests',
      { caller, tenant, after },
      (facts) => Promise.resolve(shown(facts)),
    );
    return { size, requests };
  }
}

const answerOf = ({ answer, event }: AnswerSubjectRequestDto) => ({ answer, event });

function shown(facts: readonly ErasureFact[]): readonly Answer<SubjectRequestAnswer>[] {
  const answers = new Map(
    facts.flatMap(({ fact, id, at }) =>
      fact.type === 'log.subject-request-answered' ? [[id, { answer: fact.body.answer, at }] as const] : [],
    ),
  );
  return facts.flatMap(({ fact, id }) => {
    if (fact.type !== 'log.subject-request-received') return [];
    const { kind, subjects, askedAt, dueBy } = fact.body;
    const answer = answers.get(id);
    return [
      {
        request: id,
        kind,
        subjects,
        askedAt,
        dueBy,
        answer: answer?.answer ?? null,
        answeredAt: answer?.at ?? null,
      },
    ];
  });
}
