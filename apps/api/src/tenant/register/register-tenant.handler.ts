import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { tenantDecider } from '@candor/domain';
import { Executor } from '@candor/event-store';
import { executeNew } from '../../edge/command/execute-new.js';
import { type CommandOutcome, outcomeOf } from '../../edge/command/outcome.js';
import { Problem } from '../../edge/problem/problem.js';
import type { LogVault, RegisterNumber } from '@candor/vault';
import { SlotClaims } from '../../platform/slot-claims.js';
import { OPERATOR, VAULT } from '../../ports.js';
import { TenantDirectory } from '../tenant-directory.js';
import { RegisterTenantCommand } from './register-tenant.command.js';

/**
 * Secrets, slot, entry 0: each step answers the same when it is done again, and the tenant's id derives from the command,
 * so that a registration cut off anywhere is completed by sending it again. What would be refused as entry 0 takes no slot,
 * which would be gone for ever.
 */
@CommandHandler(RegisterTenantCommand)
export class RegisterTenantHandler implements ICommandHandler<RegisterTenantCommand, CommandOutcome> {
  constructor(
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(Executor) private readonly executor: Executor,
    @Inject(SlotClaims) private readonly slots: SlotClaims,
    @Inject(TenantDirectory) private readonly tenants: TenantDirectory,
    @Inject(OPERATOR) private readonly operator: string,
  ) {}

  async execute({ tenant, command, meta }: RegisterTenantCommand): Promise<CommandOutcome> {
    const judged = tenantDecider.decide(tenantDecider.initial, {
      ...command,
      slot: 0,
      operator: this.operator,
    });
    if (!judged.ok) return outcomeOf(judged);
    // Once entry 0 is there, nothing is claimed for it any more: a command that comes again may name another number.
    const isNew = !(await this.tenants.exists(tenant));
    const registrant = async (number: RegisterNumber) => (await this.vault.registrant(number)) ?? tenant;
    if (isNew) await this.requireFree(command, registrant, tenant);
    await this.vault.createLog(tenant, 'tenant');
    if (isNew)
      await this.requireFree(command, (number) => this.vault.claimRegisterNumber(tenant, number), tenant);
    const context = { ...meta.context, log: tenant };
    const slot = await this.slots.claim(tenant, meta);
    const result = await executeNew(this.executor, tenantDecider, {
      stream: `tenant-${tenant}`,
      command: { ...command, slot, operator: this.operator },
      commandId: meta.commandId,
      causation: null,
      context,
      deadline: meta.deadline,
    });
    return outcomeOf(result);
  }

  /** No two logs have one register number (formats v1 §5.7). @param holder whose it is */
  private async requireFree(
    { country, registerNumber: number }: RegisterTenantCommand['command'],
    holder: (number: RegisterNumber) => Promise<string>,
    tenant: string,
  ): Promise<void> {
    if (number !== null && (await holder({ country, number })) !== tenant)
      throw new Problem('tenant.register-number-taken');
  }
}
