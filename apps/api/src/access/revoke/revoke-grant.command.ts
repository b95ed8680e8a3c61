import { Command } from '@nestjs/cqrs';
import type { RevokeGrant, Timestamp, Uuid } from '@candor/domain';
import type { CommandMeta } from '../../edge/command/command-meta.js';
import type { CommandOutcome } from '../../edge/command/outcome.js';

export interface GrantRevocation extends CommandOutcome {
  readonly lastUseBy: Timestamp;
}

export class RevokeGrantCommand extends Command<GrantRevocation> {
  constructor(
    readonly grant: Uuid,
    readonly tenant: Uuid,
    readonly command: RevokeGrant,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}
