import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { ReadRoute } from '../../edge/openapi/routes.js';
import { DEFAULT_LIMIT } from '../../log/reading/read.dto.js';
import { CLOCK, type Clock } from '../../ports.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { GrantsAnswer, ListGrantsDto } from './list-grants.dto.js';
import { ListGrantsQuery } from './list-grants.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Access')
@Controller('v1/tenants/:tenant/grants')
export class ListGrantsController {
  constructor(
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Requires('grant.read')
  @ReadRoute('Grants, current and past', GrantsAnswer)
  list(
    @Param() { tenant }: TenantParams,
    @Query() dto: ListGrantsDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<GrantsAnswer>> {
    const { state, grantee, at, cursor, limit, after } = dto;
    const page = {
      tenant,
      state: state ?? null,
      grantee: grantee ?? null,
      at: at ?? new Date(this.clock()).toISOString(),
      cursor: cursor ?? null,
      limit: limit ?? DEFAULT_LIMIT,
    };
    return this.queries.execute(new ListGrantsQuery(callerOf(request), page, after));
  }
}
