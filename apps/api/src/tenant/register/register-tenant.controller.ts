import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { b64, createdId, slotKey } from '@candor/crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { CommandAnswer } from '../../edge/command/answer.js';
import { CommandIntake } from '../../edge/command/intake.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import type { LogVault } from '@candor/vault';
import { PlatformSecrets } from '../../platform/platform-secrets.js';
import { VAULT } from '../../ports.js';
import { TenantRegistered } from '../tenant.dto.js';
import { RegisterTenantCommand } from './register-tenant.command.js';
import { RegisterTenantDto } from './register-tenant.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Account')
@Controller('v1/tenants')
export class RegisterTenantController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
    @Inject(PlatformSecrets) private readonly platform: PlatformSecrets,
    @Inject(VAULT) private readonly vault: LogVault,
  ) {}

  @Post()
  @Requires('tenant.register', 'platform')
  @WriteRoute('Register a tenant', TenantRegistered, 201)
  async register(
    @Body() dto: RegisterTenantDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<TenantRegistered>> {
    const meta = await this.intake.forRegistration(request, dto);
    const { kId } = await this.vault.secrets(this.platform.platformLog);
    const tenant = createdId(kId, meta.commandId, 0);
    const outcome = await this.commands.execute(
      new RegisterTenantCommand(
        tenant,
        {
          kind: 'register-tenant',
          at: meta.at,
          legalName: dto.legalName,
          registerNumber: dto.registerNumber ?? null,
          country: dto.country,
          role: dto.role,
          dataRegion: dto.dataRegion,
          breachContact: dto.breachContact ?? null,
        },
        meta,
      ),
    );
    const events = await this.answer.events(reply, tenant, outcome);
    // Registered by now, so the slot is claimed: asked again, it is the same.
    const slot = await this.vault.reserveSlot(tenant);
    const anchor = { slot, slotKey: b64(slotKey(this.platform.slots, slot)) };
    return { tenant, events, anchor };
  }
}
