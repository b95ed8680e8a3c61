import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Uuid } from '@candor/domain';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../edge/auth/requires.decorator.js';
import { callerOf } from '../edge/command/caller.js';
import type { Answer } from '../edge/openapi/answer.js';
import { ReadRoute } from '../edge/openapi/routes.js';
import { Problem } from '../edge/problem/problem.js';
import { ReadDto } from '../log/reading/read.dto.js';
import { CLOCK, type Clock, VIEWS } from '../ports.js';
import { TenantParams } from '../tenant/tenant.dto.js';
import type { Views } from '../views/views.js';
import { ErasureAnswer, ErasureParams, ErasuresAnswer, OneErasureAnswer } from './erasure.dto.js';
import { ErasurePreviews } from './erasure-preview.js';
import { ErasureReads } from './erasure-reads.js';
import { shownErasures } from './shown-erasure.js';

/** Where erasures are; those that follow from the end of a term or of a contract are among them: their receipts certify the deletion. */
@ApiTags('Erasure')
@Controller('v1/tenants/:tenant/erasures')
export class ReadErasuresController {
  constructor(
    @Inject(ErasureReads) private readonly reads: ErasureReads,
    @Inject(ErasurePreviews) private readonly previews: ErasurePreviews,
    @Inject(VIEWS) private readonly views: Views,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Requires('erasure.read')
  @ReadRoute('Erasures, lapses of keys, and their receipts', ErasuresAnswer)
  async list(
    @Param() { tenant }: TenantParams,
    @Query() { after }: ReadDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<ErasuresAnswer>> {
    const caller = callerOf(request);
    const { shown: erasures, size } = await this.reads.read('erasures', { caller, tenant, after }, (facts) =>
      Promise.resolve(shownErasures(facts)),
    );
    return { size, erasures };
  }

  @Get(':erasure')
  @Requires('erasure.read')
  @ReadRoute(
    'One erasure: its state, what keeps it waiting, its receipt, and which exports it does not reach',
    OneErasureAnswer,
  )
  async one(
    @Param() { tenant, erasure: id }: ErasureParams,
    @Query() { after }: ReadDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<OneErasureAnswer>> {
    const caller = callerOf(request);
    const { shown, size } = await this.reads.read('erasures', { caller, tenant, after, id }, (facts) =>
      Promise.resolve(shownErasures(facts)),
    );
    const [erasure] = shown;
    if (erasure === undefined) throw new Problem('erasure.unknown');
    const { status, subjects } = erasure;
    const exports = status === 'declined' ? null : await this.previews.exportsOf(tenant, id, subjects);
    if (status === 'ordered') return { ...erasure, size, exports, sinks: await this.sinksOf(tenant, id) };
    if (status !== 'requested' && status !== 'confirmed') return { ...erasure, size, exports };
    const holds = await this.previews.holdsOn(tenant, subjects, new Date(this.clock()).toISOString());
    return { ...erasure, size, exports, holds };
  }

  /** As they are before the receipt: who was not reached may still be. */
  private async sinksOf(tenant: Uuid, erasure: Uuid): Promise<Answer<ErasureAnswer>['sinks']> {
    const sinks = await this.views.toldSinks(tenant, erasure);
    return sinks.map((one) => (one.state === 'unreached' ? { sink: one.sink, state: 'to-be-told' } : one));
  }
}
