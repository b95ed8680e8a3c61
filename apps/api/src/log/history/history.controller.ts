import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { ReadRoute } from '../../edge/openapi/routes.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { DEFAULT_LIMIT, OrderedPageDto } from '../reading/read.dto.js';
import { HistoryAnswer } from './history.dto.js';
import { HistoryQuery } from './history.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Audit log')
@Controller('v1/tenants/:tenant/history')
export class HistoryController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @Requires('history.read')
  @ReadRoute('What happened to the account', HistoryAnswer)
  read(
    @Param() { tenant }: TenantParams,
    @Query() dto: OrderedPageDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<HistoryAnswer>> {
    const { order, cursor, limit, after } = dto;
    const page = {
      tenant,
      order: order ?? 'newest',
      cursor: cursor ?? null,
      limit: limit ?? DEFAULT_LIMIT,
    } as const;
    return this.queries.execute(new HistoryQuery(callerOf(request), page, after));
  }
}
