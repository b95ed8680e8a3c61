import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { CommandAnswer } from '../../edge/command/answer.js';
import { CommandIntake } from '../../edge/command/intake.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import { MemberParams, MemberWritten } from '../tenant.dto.js';
import { DeactivateMemberCommand } from './deactivate-member.command.js';
import { WriteDto } from '../../edge/command/reason.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Account')
@Controller('v1/tenants/:tenant/members/:user/deactivation')
export class DeactivateMemberController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
  ) {}

  @Post()
  @Requires('member.deactivate')
  @WriteRoute('Deactivate a member', MemberWritten)
  async deactivate(
    @Param() { tenant, user }: MemberParams,
    @Body() dto: WriteDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<MemberWritten>> {
    const meta = await this.intake.forTenant(request, tenant, dto);
    const outcome = await this.commands.execute(
      new DeactivateMemberCommand(tenant, { kind: 'deactivate-member', at: meta.at, user }, meta),
    );
    return { user, events: await this.answer.events(reply, tenant, outcome) };
  }
}
