import { Command } from '@nestjs/cqrs';
import type { DeactivateMember, Uuid } from '@candor/domain';
import type { CommandMeta } from '../../edge/command/command-meta.js';
import type { CommandOutcome } from '../../edge/command/outcome.js';

export class DeactivateMemberCommand extends Command<CommandOutcome> {
  constructor(
    readonly tenant: Uuid,
    readonly command: DeactivateMember,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}
