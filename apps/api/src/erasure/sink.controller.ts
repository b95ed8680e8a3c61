import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type RegisterSink, sinkDecider, type Uuid } from '@candor/domain';
import type { ErasureFact } from '@candor/read-models';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../edge/auth/requires.decorator.js';
import { issueSinkCredential } from '../edge/auth/sink-credential.js';
import { callerOf } from '../edge/command/caller.js';
import type { CommandOutcome } from '../edge/command/outcome.js';
import { WriteDto } from '../edge/command/reason.dto.js';
import type { Answer } from '../edge/openapi/answer.js';
import { ReadRoute, WriteRoute } from '../edge/openapi/routes.js';
import { ReadDto } from '../log/reading/read.dto.js';
import { EntryReader } from '../log/shown/entry-reader.js';
import { member } from '../log/shown/member.js';
import { PlatformSecrets } from '../platform/platform-secrets.js';
import { VIEWS } from '../ports.js';
import { TenantParams } from '../tenant/tenant.dto.js';
import type { Views } from '../views/views.js';
import { ErasureReads } from './erasure-reads.js';
import {
  RegisterSinkDto,
  SinkAnswer,
  SinkParams,
  SinkRegisteredAnswer,
  SinksAnswer,
  SinkWritten,
} from './sink.dto.js';
import { StreamWrites } from './stream-writes.js';

/** Whoever keeps copies of opened values outside Candor, and so must be told of every erasure: it fetches them itself. */
@ApiTags('Erasure')
@Controller('v1/tenants/:tenant/sinks')
export class SinkController {
  constructor(
    @Inject(StreamWrites) private readonly writes: StreamWrites,
    @Inject(ErasureReads) private readonly reads: ErasureReads,
    @Inject(EntryReader) private readonly reader: EntryReader,
    @Inject(VIEWS) private readonly views: Views,
    @Inject(PlatformSecrets) private readonly secrets: PlatformSecrets,
  ) {}

  @Post()
  @Requires('sink.register')
  @WriteRoute('Register a sink: every erasure from now on waits for it', SinkRegisteredAnswer, 201)
  async register(
    @Param() { tenant }: TenantParams,
    @Body() dto: RegisterSinkDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<SinkRegisteredAnswer>> {
    const meta = await this.writes.take(request, tenant, dto);
    const sink = await this.writes.created(tenant, meta);
    const { kind: sinkKind, name, keepsDays = null } = dto;
    const count = await this.views.countSinks(tenant);
    const command: RegisterSink = {
      kind: 'register-sink',
      at: meta.at,
      sink,
      sinkKind,
      name,
      keepsDays,
      count,
    };
    const stream = { stream: `sink-${sink}`, isNew: true } as const;
    const outcome = await this.writes.decide(stream, sinkDecider, command, meta);
    const credential = this.credential(tenant, sink, outcome);
    return { sink, credential, events: await this.writes.events(reply, tenant, outcome) };
  }

  @Post(':sink/credential')
  @Requires('sink.renew-credential')
  @WriteRoute('Give a sink a new credential; the one before is refused from now on', SinkRegisteredAnswer)
  async renew(
    @Param() { tenant, sink }: SinkParams,
    @Body() dto: WriteDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<SinkRegisteredAnswer>> {
    const meta = await this.writes.take(request, tenant, dto);
    const command = { kind: 'renew-sink-credential', at: meta.at, sink } as const;
    const stream = { stream: `sink-${sink}`, tenant, unknown: 'sink.unknown' } as const;
    const outcome = await this.writes.decide(stream, sinkDecider, command, meta);
    const credential = this.credential(tenant, sink, outcome);
    return { sink, credential, events: await this.writes.events(reply, tenant, outcome) };
  }

  /** Of the entry that issues it; sent again, the command is answered with the same. */
  private credential(tenant: Uuid, sink: Uuid, { events }: CommandOutcome): string {
    const [issuing] = events;
    if (issuing === undefined) throw new Error('a credential was issued by no entry');
    return issueSinkCredential(this.secrets.sinks, { tenant, sink, event: issuing.id });
  }

  @Post(':sink/removal')
  @Requires('sink.remove')
  @WriteRoute('Say that a sink keeps nothing any more', SinkWritten)
  async remove(
    @Param() { tenant, sink }: SinkParams,
    @Body() dto: WriteDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<SinkWritten>> {
    const meta = await this.writes.take(request, tenant, dto);
    const command = { kind: 'remove-sink', at: meta.at, sink } as const;
    const stream = { stream: `sink-${sink}`, tenant, unknown: 'sink.unknown' } as const;
    const outcome = await this.writes.decide(stream, sinkDecider, command, meta);
    return { sink, events: await this.writes.events(reply, tenant, outcome) };
  }

  @Get()
  @Requires('sink.read')
  @ReadRoute('Sinks, those that were removed too', SinksAnswer)
  async list(
    @Param() { tenant }: TenantParams,
    @Query() { after }: ReadDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<SinksAnswer>> {
    const caller = callerOf(request);
    const { shown, size } = await this.reads.read('sinks', { caller, tenant, after }, (facts) =>
      this.show(facts),
    );
    return { size, sinks: shown };
  }

  private async show(facts: readonly ErasureFact[]): Promise<readonly Answer<SinkAnswer>[]> {
    const registered = facts.filter(({ fact }) => fact.type === 'log.sink-registered');
    const opened = await this.reader.read(registered.map(({ stored }) => stored));
    const removed = new Map(
      facts.flatMap(({ fact, id, at }) => (fact.type === 'log.sink-removed' ? [[id, at] as const] : [])),
    );
    return registered.flatMap(({ fact, id, at }, n) => {
      if (fact.type !== 'log.sink-registered') return [];
      const { kind, keepsDays } = fact.body;
      const name = member(opened[n]?.body, 'name');
      return [{ sink: id, kind, name, keepsDays, registeredAt: at, removedAt: removed.get(id) ?? null }];
    });
  }
}
