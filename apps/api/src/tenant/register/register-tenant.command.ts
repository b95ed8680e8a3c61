import { Command } from '@nestjs/cqrs';
import type { RegisterTenant, Uuid } from '@candor/domain';
import type { CommandMeta } from '../../edge/command/command-meta.js';
import type { CommandOutcome } from '../../edge/command/outcome.js';

/** The slot and the operator's name are the system's to add; all else is the caller's. */
export class RegisterTenantCommand extends Command<CommandOutcome> {
  constructor(
    readonly tenant: Uuid,
    readonly command: Omit<RegisterTenant, 'slot' | 'operator'>,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}
