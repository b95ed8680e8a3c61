import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { CommandAnswer } from '../../edge/command/answer.js';
import { CommandIntake } from '../../edge/command/intake.js';
import { WriteDto } from '../../edge/command/reason.dto.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import { GrantParams, GrantRevoked } from '../grant.dto.js';
import { RevokeGrantCommand } from './revoke-grant.command.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Access')
@Controller('v1/tenants/:tenant/grants/:grant/revocation')
export class RevokeGrantController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
  ) {}

  @Post()
  @Requires('grant.revoke')
  @WriteRoute('Revoke a grant', GrantRevoked)
  async revoke(
    @Param() { tenant, grant }: GrantParams,
    @Body() dto: WriteDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<GrantRevoked>> {
    const meta = await this.intake.forTenant(request, tenant, dto);
    const outcome = await this.commands.execute(
      new RevokeGrantCommand(grant, tenant, { kind: 'revoke-grant', at: meta.at }, meta),
    );
    return { grant, lastUseBy: outcome.lastUseBy, events: await this.answer.events(reply, tenant, outcome) };
  }
}
