import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { erasureDecider, type ErasureCommand, type Uuid } from '@candor/domain';
import type { LogVault } from '@candor/vault';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../edge/auth/requires.decorator.js';
import type { CommandMeta } from '../edge/command/command-meta.js';
import { WriteDto } from '../edge/command/reason.dto.js';
import type { Answer } from '../edge/openapi/answer.js';
import { WriteRoute } from '../edge/openapi/routes.js';
import { Problem } from '../edge/problem/problem.js';
import { VAULT, VIEWS } from '../ports.js';
import { TenantParams } from '../tenant/tenant.dto.js';
import type { Views } from '../views/views.js';
import {
  ErasureChanged,
  ErasureConfirmed,
  ErasureParams,
  ErasureSinkParams,
  ErasureWritten,
  RefuseErasureDto,
  RequestErasureDto,
} from './erasure.dto.js';
import { ErasurePreviews } from './erasure-preview.js';
import { ErasureReads } from './erasure-reads.js';
import { personBehind } from './person.js';
import { sinkItself } from './sink-itself.js';
import type { Stream } from './stream-command.js';
import { StreamWrites } from './stream-writes.js';

/** Forgetting a person: one asks, another confirms or refuses; the projector carries it out. */
@ApiTags('Erasure')
@Controller('v1/tenants/:tenant/erasures')
export class ErasureController {
  constructor(
    @Inject(StreamWrites) private readonly writes: StreamWrites,
    @Inject(ErasurePreviews) private readonly previews: ErasurePreviews,
    @Inject(ErasureReads) private readonly reads: ErasureReads,
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(VIEWS) private readonly views: Views,
  ) {}

  @Post()
  @Requires('erasure.request')
  @WriteRoute('Ask that subjects be forgotten, or see what that would make unreadable', ErasureWritten, 201)
  async request(
    @Param() { tenant }: TenantParams,
    @Body() dto: RequestErasureDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<ErasureWritten>> {
    personBehind(request);
    const meta = await this.writes.take(request, tenant, dto);
    const subjects = [...new Set(dto.subjects)].sort();
    await this.requirePeople(tenant, subjects);
    const preview = await this.previews.of(tenant, subjects, meta.at);
    if (dto.dryRun === true) return { erasure: null, preview, events: [] };
    const erasure = await this.writes.created(tenant, meta);
    const command: ErasureCommand = {
      kind: 'request-erasure',
      at: meta.at,
      erasure,
      subjects,
      askedBy: dto.askedBy,
      ground: dto.ground,
      statement: dto.statement ?? null,
      keyCount: sum(preview.keys),
      entryCount: preview.entries,
      sinks: preview.sinks,
    };
    const outcome = await this.writes.decide(
      { stream: `erasure-${erasure}`, isNew: true },
      erasureDecider,
      command,
      meta,
    );
    return { erasure, preview, events: await this.writes.events(reply, tenant, outcome) };
  }

  @Post(':erasure/confirmation')
  @Requires('erasure.confirm')
  @WriteRoute(
    'Confirm an erasure that somebody else asked for; answers which exports it does not reach',
    ErasureConfirmed,
  )
  async confirm(
    @Param() { tenant, erasure }: ErasureParams,
    @Body() dto: WriteDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<ErasureConfirmed>> {
    const by = personBehind(request);
    const meta = await this.writes.take(request, tenant, dto);
    const { subjects } = await this.reads.begunBy(tenant, 'erasure', erasure);
    const holds = await this.previews.holdsOn(tenant, subjects, meta.at);
    const exports = await this.previews.exportsOf(tenant, erasure, subjects);
    const command = { kind: 'confirm-erasure', at: meta.at, erasure, by, holds } as const;
    return { ...(await this.change(tenant, command, meta, reply)), exports };
  }

  @Post(':erasure/refusal')
  @Requires('erasure.confirm')
  @WriteRoute('Refuse an erasure that somebody else asked for', ErasureChanged)
  async refuse(
    @Param() { tenant, erasure }: ErasureParams,
    @Body() dto: RefuseErasureDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<ErasureChanged>> {
    const by = personBehind(request);
    const meta = await this.writes.take(request, tenant, dto);
    const { cause, statement } = dto;
    return this.change(
      tenant,
      { kind: 'decline-erasure', at: meta.at, erasure, by, cause, statement: statement ?? null },
      meta,
      reply,
    );
  }

  @Post(':erasure/sinks/:sink/confirmation')
  @Requires('erasure.confirm-sink')
  @WriteRoute('By the sink itself: it has forgotten what this erasure ordered', ErasureChanged)
  async confirmSink(
    @Param() { tenant, erasure, sink }: ErasureSinkParams,
    @Body() dto: WriteDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<ErasureChanged>> {
    sinkItself(request, sink);
    const meta = await this.writes.take(request, tenant, dto);
    const facts = await this.views.erasureFacts(tenant, 'erasure', erasure);
    if (facts.length === 0) throw new Problem('erasure.unknown');
    const ordered = facts.some(({ fact }) => fact.type === 'log.erasure-ordered');
    const command = { kind: 'confirm-sink-erased', at: meta.at, erasure, sink, ordered } as const;
    // A lapse of keys has no stream before its receipt, or the first confirmation.
    return this.change(tenant, command, meta, reply, { stream: `erasure-${erasure}`, isNew: false });
  }

  /** What belongs to the tenant as a whole ends with its contract. @throws Problem `erasure.of-tenant` */
  private async requirePeople(tenant: Uuid, subjects: readonly Uuid[]): Promise<void> {
    const own = await this.vault.subjects(tenant, [{ kind: 'tenant', value: tenant }]);
    if (own.some((subject) => subjects.includes(subject))) throw Problem.of('erasure.of-tenant');
  }

  private async change(
    tenant: Uuid,
    command: ErasureCommand,
    meta: CommandMeta,
    reply: FastifyReply,
    stream: Stream = { stream: `erasure-${command.erasure}`, tenant, unknown: 'erasure.unknown' },
  ): Promise<Answer<ErasureChanged>> {
    const { erasure } = command;
    const outcome = await this.writes.decide(stream, erasureDecider, command, meta);
    return { erasure, events: await this.writes.events(reply, tenant, outcome) };
  }
}

const sum = (keys: readonly { readonly count: number }[]): number =>
  keys.reduce((total, { count }) => total + count, 0);
