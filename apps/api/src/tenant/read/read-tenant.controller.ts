import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { ReadRoute } from '../../edge/openapi/routes.js';
import { ReadDto } from '../../log/reading/read.dto.js';
import { TenantParams } from '../tenant.dto.js';
import { TenantWithMembers } from './read-tenant.dto.js';
import { ReadTenantQuery } from './read-tenant.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Account')
@Controller('v1/tenants/:tenant')
export class ReadTenantController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @Requires('tenant.read')
  @ReadRoute('A tenant with its members', TenantWithMembers)
  read(
    @Param() { tenant }: TenantParams,
    @Query() { after }: ReadDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<TenantWithMembers>> {
    return this.queries.execute(new ReadTenantQuery(callerOf(request), tenant, after));
  }
}
