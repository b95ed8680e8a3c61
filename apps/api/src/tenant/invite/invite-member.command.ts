import { Command } from '@nestjs/cqrs';
import type { InviteMember, Uuid } from '@candor/domain';
import type { CommandMeta } from '../../edge/command/command-meta.js';
import type { CommandOutcome } from '../../edge/command/outcome.js';

export class InviteMemberCommand extends Command<CommandOutcome> {
  constructor(
    readonly tenant: Uuid,
    readonly command: InviteMember,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}
