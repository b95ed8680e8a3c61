import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { callerOf } from '../../edge/command/caller.js';
import { ReadRoute } from '../../edge/openapi/routes.js';
import { DeliveriesAnswer, DeliveriesDto, MessageParams } from './deliveries.dto.js';
import { DeliveriesQuery } from './deliveries.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

/** Recipients a page shows when nothing is asked. */
const RECIPIENTS = 100;

@ApiTags('Deliveries')
@Controller('v1/tenants/:tenant/deliveries/:messageId')
export class DeliveriesController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @Requires('delivery.read')
  @ReadRoute('What became of a message, recipient by recipient', DeliveriesAnswer)
  read(
    @Param() { tenant, messageId }: MessageParams,
    @Query() { cursor, limit, after }: DeliveriesDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<DeliveriesAnswer>> {
    const page = { tenant, message: messageId, cursor: cursor ?? null, limit: limit ?? RECIPIENTS };
    return this.queries.execute(new DeliveriesQuery(callerOf(request), page, after));
  }
}
