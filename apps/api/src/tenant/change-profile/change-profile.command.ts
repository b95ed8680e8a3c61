import { Command } from '@nestjs/cqrs';
import type { ChangeProfile, Uuid } from '@candor/domain';
import type { CommandMeta } from '../../edge/command/command-meta.js';
import type { CommandOutcome } from '../../edge/command/outcome.js';

export class ChangeProfileCommand extends Command<CommandOutcome> {
  constructor(
    readonly tenant: Uuid,
    readonly command: ChangeProfile,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}
