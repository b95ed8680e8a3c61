import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { membersDecider } from '@candor/domain';
import { Executor } from '@candor/event-store';
import { execution } from '../../edge/command/execution.js';
import { type CommandOutcome, outcomeOf } from '../../edge/command/outcome.js';
import { DeactivateMemberCommand } from './deactivate-member.command.js';

@CommandHandler(DeactivateMemberCommand)
export class DeactivateMemberHandler implements ICommandHandler<DeactivateMemberCommand, CommandOutcome> {
  constructor(@Inject(Executor) private readonly executor: Executor) {}

  async execute({ tenant, command, meta }: DeactivateMemberCommand): Promise<CommandOutcome> {
    return outcomeOf(
      await this.executor.execute(membersDecider, execution(`members-${tenant}`, command, meta)),
    );
  }
}
