import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { ReadRoute } from '../../edge/openapi/routes.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { DEFAULT_LIMIT } from '../reading/read.dto.js';
import { AuditLogAnswer, AuditLogDto } from './audit-log.dto.js';
import { AuditLogQuery } from './audit-log.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Audit log')
@Controller('v1/tenants/:tenant/audit-log')
export class AuditLogController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @Requires('log.read')
  @ReadRoute('The tenant’s audit log', AuditLogAnswer)
  read(
    @Param() { tenant }: TenantParams,
    @Query() dto: AuditLogDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<AuditLogAnswer>> {
    const { actor, action, target, outcome, from, to, order, cursor, limit, after } = dto;
    const filter = {
      actor: actor ?? null,
      // Stored as it is asked, so it is asked in one form.
      action: action?.replace(/\*$/, '') ?? null,
      target: target ?? null,
      outcome: outcome ?? null,
      from: from ?? null,
      to: to ?? null,
    };
    const query = {
      tenant,
      filter,
      order: order ?? 'newest',
      cursor: cursor ?? null,
      limit: limit ?? DEFAULT_LIMIT,
    } as const;
    return this.queries.execute(new AuditLogQuery(callerOf(request), query, after));
  }
}
