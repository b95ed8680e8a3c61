import { Body, Controller, Inject, Param, Patch, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { CommandAnswer } from '../../edge/command/answer.js';
import { CommandIntake } from '../../edge/command/intake.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import { TenantParams, TenantWritten } from '../tenant.dto.js';
import { ChangeProfileCommand } from './change-profile.command.js';
import { ChangeProfileDto } from './change-profile.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Account')
@Controller('v1/tenants/:tenant')
export class ChangeProfileController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
  ) {}

  @Patch()
  @Requires('tenant.change-profile')
  @WriteRoute('Change a tenant’s profile', TenantWritten)
  async change(
    @Param() { tenant }: TenantParams,
    @Body() dto: ChangeProfileDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<TenantWritten>> {
    const meta = await this.intake.forTenant(request, tenant, dto);
    const changes = changesOf(dto);
    const outcome = await this.commands.execute(
      new ChangeProfileCommand(tenant, { kind: 'change-profile', at: meta.at, changes }, meta),
    );
    return { tenant, events: await this.answer.events(reply, tenant, outcome) };
  }
}

function changesOf(dto: ChangeProfileDto) {
  const { legalName, registerNumber, country, breachContact } = dto;
  return {
    ...(typeof legalName === 'string' ? { legalName } : {}),
    ...(registerNumber === undefined ? {} : { registerNumber }),
    ...(typeof country === 'string' ? { country } : {}),
    ...(breachContact === undefined ? {} : { breachContact }),
  };
}
