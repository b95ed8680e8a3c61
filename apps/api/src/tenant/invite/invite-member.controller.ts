import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { CommandAnswer } from '../../edge/command/answer.js';
import { CommandIntake } from '../../edge/command/intake.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import type { LogVault } from '@candor/vault';
import { VAULT } from '../../ports.js';
import { TenantParams, MemberWritten } from '../tenant.dto.js';
import { InviteMemberCommand } from './invite-member.command.js';
import { InviteMemberDto } from './invite-member.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Account')
@Controller('v1/tenants/:tenant/members')
export class InviteMemberController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
    @Inject(VAULT) private readonly vault: LogVault,
  ) {}

  @Post()
  @Requires('member.invite')
  @WriteRoute('Invite a user; the same address is the same user', MemberWritten, 201)
  async invite(
    @Param() { tenant }: TenantParams,
    @Body() dto: InviteMemberDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<MemberWritten>> {
    const meta = await this.intake.forTenant(request, tenant, dto);
    const { address, role, name } = dto;
    // One address is one subject: the vault's unique row decides, before the append.
    const [user = ''] = await this.vault.subjects(tenant, [{ kind: 'user', value: address }]);
    const outcome = await this.commands.execute(
      new InviteMemberCommand(
        tenant,
        { kind: 'invite-member', at: meta.at, user, role, address, name: name ?? null },
        meta,
      ),
    );
    return { user, events: await this.answer.events(reply, tenant, outcome) };
  }
}
