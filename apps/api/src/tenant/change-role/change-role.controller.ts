import { Body, Controller, Inject, Param, Patch, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { CommandAnswer } from '../../edge/command/answer.js';
import { CommandIntake } from '../../edge/command/intake.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import { MemberParams, MemberWritten } from '../tenant.dto.js';
import { ChangeRoleCommand } from './change-role.command.js';
import { ChangeRoleDto } from './change-role.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Account')
@Controller('v1/tenants/:tenant/members/:user')
export class ChangeRoleController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
  ) {}

  @Patch()
  @Requires('member.change-role')
  @WriteRoute('Change a member’s role', MemberWritten)
  async change(
    @Param() { tenant, user }: MemberParams,
    @Body() dto: ChangeRoleDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<MemberWritten>> {
    const meta = await this.intake.forTenant(request, tenant, dto);
    const outcome = await this.commands.execute(
      new ChangeRoleCommand(tenant, { kind: 'change-member-role', at: meta.at, user, role: dto.role }, meta),
    );
    return { user, events: await this.answer.events(reply, tenant, outcome) };
  }
}
