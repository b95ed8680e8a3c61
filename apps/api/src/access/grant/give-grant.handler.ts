import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { grantDecider } from '@candor/domain';
import { Executor } from '@candor/event-store';
import { executeNew } from '../../edge/command/execute-new.js';
import { execution } from '../../edge/command/execution.js';
import { type CommandOutcome, outcomeOf } from '../../edge/command/outcome.js';
import { Memberships } from '../../tenant/memberships.js';
import { GiveGrantCommand } from './give-grant.command.js';

@CommandHandler(GiveGrantCommand)
export class GiveGrantHandler implements ICommandHandler<GiveGrantCommand, CommandOutcome> {
  constructor(
    @Inject(Executor) private readonly executor: Executor,
    @Inject(Memberships) private readonly memberships: Memberships,
  ) {}

  async execute({ tenant, grant, command, meta }: GiveGrantCommand): Promise<CommandOutcome> {
    const { kind, id } = command.grantee;
    const granteeIsMember = kind === 'user' && (await this.memberships.isMember(tenant, id));
    const given = execution(`grant-${grant}`, { ...command, granteeIsMember }, meta);
    return outcomeOf(await executeNew(this.executor, grantDecider, given));
  }
}
