import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { ReadRoute } from '../../edge/openapi/routes.js';
import { DEFAULT_LIMIT } from '../../log/reading/read.dto.js';
import { ListTenantsDto, TenantsAnswer } from './list-tenants.dto.js';
import { ListTenantsQuery } from './list-tenants.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Account')
@Controller('v1/tenants')
export class ListTenantsController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @Requires('tenant.list', 'platform')
  @ReadRoute('All tenants, the oldest first', TenantsAnswer)
  list(
    @Query() { cursor, limit, after }: ListTenantsDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<TenantsAnswer>> {
    const page = { cursor: cursor ?? null, limit: limit ?? DEFAULT_LIMIT };
    return this.queries.execute(new ListTenantsQuery(callerOf(request), page, after));
  }
}
