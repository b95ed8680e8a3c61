import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { tenantDecider } from '@candor/domain';
import { Executor } from '@candor/event-store';
import { execution } from '../../edge/command/execution.js';
import { type CommandOutcome, outcomeOf } from '../../edge/command/outcome.js';
import { ChangeProfileCommand } from './change-profile.command.js';

@CommandHandler(ChangeProfileCommand)
export class ChangeProfileHandler implements ICommandHandler<ChangeProfileCommand, CommandOutcome> {
  constructor(@Inject(Executor) private readonly executor: Executor) {}

  async execute({ tenant, command, meta }: ChangeProfileCommand): Promise<CommandOutcome> {
    return outcomeOf(
      await this.executor.execute(tenantDecider, execution(`tenant-${tenant}`, command, meta)),
    );
  }
}
