import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { membersDecider } from '@candor/domain';
import { Executor } from '@candor/event-store';
import { execution } from '../../edge/command/execution.js';
import { type CommandOutcome, outcomeOf } from '../../edge/command/outcome.js';
import { InviteMemberCommand } from './invite-member.command.js';

@CommandHandler(InviteMemberCommand)
export class InviteMemberHandler implements ICommandHandler<InviteMemberCommand, CommandOutcome> {
  constructor(@Inject(Executor) private readonly executor: Executor) {}

  async execute({ tenant, command, meta }: InviteMemberCommand): Promise<CommandOutcome> {
    return outcomeOf(
      await this.executor.execute(membersDecider, execution(`members-${tenant}`, command, meta)),
    );
  }
}
