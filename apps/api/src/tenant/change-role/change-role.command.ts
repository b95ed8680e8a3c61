import { Command } from '@nestjs/cqrs';
import type { ChangeMemberRole, Uuid } from '@candor/domain';
import type { CommandMeta } from '../../edge/command/command-meta.js';
import type { CommandOutcome } from '../../edge/command/outcome.js';

export class ChangeRoleCommand extends Command<CommandOutcome> {
  constructor(
    readonly tenant: Uuid,
    readonly command: ChangeMemberRole,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}
