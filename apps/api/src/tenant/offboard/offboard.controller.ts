import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { tenantDecider } from '@candor/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { WriteDto } from '../../edge/command/reason.dto.js';
import { TimeField } from '../../edge/fields/time.js';
import type { Answer } from '../../edge/openapi/answer.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import { personBehind } from '../../erasure/person.js';
import { StreamWrites } from '../../erasure/stream-writes.js';
import { TenantParams, TenantWritten } from '../tenant.dto.js';

export class OffboardDto extends WriteDto {
  @TimeField({ description: 'Until then the data are returned; afterwards every key of the log lapses.' })
  returnUntil!: string;
}

/** The end of a contract. The log stays; what is sealed in it is gone once the data were returned (GDPR Art. 28(3)(g)). */
@ApiTags('Tenants')
@Controller('v1/tenants/:tenant/offboarding')
export class OffboardController {
  constructor(@Inject(StreamWrites) private readonly writes: StreamWrites) {}

  @Post()
  @Requires('tenant.offboard')
  @WriteRoute('End the contract with a tenant', TenantWritten)
  async offboard(
    @Param() { tenant }: TenantParams,
    @Body() dto: OffboardDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<TenantWritten>> {
    personBehind(request);
    const meta = await this.writes.take(request, tenant, dto);
    const command = { kind: 'offboard-tenant', at: meta.at, returnUntil: dto.returnUntil } as const;
    const stream = { stream: `tenant-${tenant}`, tenant, unknown: 'tenant.unknown' } as const;
    const outcome = await this.writes.decide(stream, tenantDecider, command, meta);
    return { tenant, events: await this.writes.events(reply, tenant, outcome) };
  }
}
