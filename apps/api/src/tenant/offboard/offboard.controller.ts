import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { tenantDecider } from '@candor/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { CommandAnswer } from '../../edge/command/answer.js';
import { CommandIntake } from '../../edge/command/intake.js';
import { WriteDto } from '../../edge/command/reason.dto.js';
import { TimeField } from '../../edge/fields/time.js';
import type { Answer } from '../../edge/openapi/answer.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import { personBehind } from '../../erasure/person.js';
import { StreamCommand } from '../../erasure/stream-command.js';
import { TenantParams, TenantWritten } from '../tenant.dto.js';

export class OffboardDto extends WriteDto {
  @TimeField({ description: 'Until then the data are returned; afterwards every key of the log lapses.' })
  returnUntil!: string;
}

/** The end of a contract. The log stays; what is sealed in it is gone once the data were returned (GDPR Art. 28(3)(g)). */
@ApiTags('Tenants')
@Controller('v1/tenants/:tenant/offboarding')
export class OffboardController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
  ) {}

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
    const meta = await this.intake.forTenant(request, tenant, dto);
    const command = { kind: 'offboard-tenant', at: meta.at, returnUntil: dto.returnUntil } as const;
    const stream = { stream: `tenant-${tenant}`, tenant, unknown: 'tenant.unknown' } as const;
    const outcome = await this.commands.execute(
      new StreamCommand(stream, (run) => run(tenantDecider, command), meta),
    );
    return { tenant, events: await this.answer.events(reply, tenant, outcome) };
  }
}
