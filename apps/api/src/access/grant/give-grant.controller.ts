import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { createdId } from '@candor/crypto';
import type { Timestamp, Uuid } from '@candor/domain';
import type { LogVault } from '@candor/vault';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { CommandAnswer } from '../../edge/command/answer.js';
import { CommandIntake } from '../../edge/command/intake.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import { VAULT } from '../../ports.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { GrantWritten } from '../grant.dto.js';
import { GiveGrantCommand, type RequestedGrant } from './give-grant.command.js';
import { GiveGrantDto } from './give-grant.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Access')
@Controller('v1/tenants/:tenant/grants')
export class GiveGrantController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
    @Inject(VAULT) private readonly vault: LogVault,
  ) {}

  @Post()
  @Requires('grant.give')
  @WriteRoute('Grant somebody a level on a scope until a time', GrantWritten, 201)
  async give(
    @Param() { tenant }: TenantParams,
    @Body() dto: GiveGrantDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<GrantWritten>> {
    const meta = await this.intake.forTenant(request, tenant, dto);
    const { kId } = await this.vault.secrets(tenant);
    const grant = createdId(kId, meta.commandId, 0);
    const outcome = await this.commands.execute(
      new GiveGrantCommand(tenant, grant, commandOf(dto, grant, meta.at), meta),
    );
    return { grant, events: await this.answer.events(reply, tenant, outcome) };
  }
}

function commandOf(dto: GiveGrantDto, grant: Uuid, at: Timestamp): RequestedGrant {
  const { grantee, level, scope, from, until, statement, side, reason } = dto;
  return {
    kind: 'grant-access',
    at,
    grant,
    grantee: { kind: grantee.kind, id: grantee.id, name: grantee.name ?? null },
    level,
    scope: { kind: scope.kind, id: scope.id ?? null },
    from: from ?? at,
    until,
    statement: statement ?? null,
    reason: reason.code,
    side: side ?? 'tenant',
  };
}
