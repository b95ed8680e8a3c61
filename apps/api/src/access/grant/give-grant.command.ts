import { Command } from '@nestjs/cqrs';
import type { GrantAccess, Uuid } from '@candor/domain';
import type { CommandMeta } from '../../edge/command/command-meta.js';
import type { CommandOutcome } from '../../edge/command/outcome.js';

export class GiveGrantCommand extends Command<CommandOutcome> {
  constructor(
    readonly grant: Uuid,
    readonly command: GrantAccess,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}
