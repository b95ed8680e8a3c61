import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { grantDecider } from '@candor/domain';
import { Executor } from '@candor/event-store';
import { executeNew } from '../../edge/command/execute-new.js';
import { execution } from '../../edge/command/execution.js';
import { type CommandOutcome, outcomeOf } from '../../edge/command/outcome.js';
import { GiveGrantCommand } from './give-grant.command.js';

@CommandHandler(GiveGrantCommand)
export class GiveGrantHandler implements ICommandHandler<GiveGrantCommand, CommandOutcome> {
  constructor(@Inject(Executor) private readonly executor: Executor) {}

  async execute({ grant, command, meta }: GiveGrantCommand): Promise<CommandOutcome> {
    const given = execution(`grant-${grant}`, command, meta);
    return outcomeOf(await executeNew(this.executor, grantDecider, given));
  }
}
