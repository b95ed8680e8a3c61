import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { ReadRoute } from '../../edge/openapi/routes.js';
import { ReadDto } from '../reading/read.dto.js';
import { EntryParams, EntryWithSize } from './entry.dto.js';
import { EntryQuery } from './entry.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Audit log')
@Controller('v1/tenants/:tenant/audit-log/:entry')
export class EntryController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @Requires('log.read')
  @ReadRoute('One entry by its event’s id', EntryWithSize)
  read(
    @Param() { tenant, entry }: EntryParams,
    @Query() { after }: ReadDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<EntryWithSize>> {
    return this.queries.execute(new EntryQuery(callerOf(request), tenant, entry, after));
  }
}
