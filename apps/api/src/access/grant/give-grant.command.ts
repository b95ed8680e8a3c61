import { Command } from '@nestjs/cqrs';
import type { GrantAccess, Uuid } from '@candor/domain';
import type { CommandMeta } from '../../edge/command/command-meta.js';
import type { CommandOutcome } from '../../edge/command/outcome.js';

/** A grant as it is asked for; whether its grantee is a member is not the caller's word. */
export type RequestedGrant = Omit<GrantAccess, 'granteeIsMember'>;

export class GiveGrantCommand extends Command<CommandOutcome> {
  constructor(
    readonly tenant: Uuid,
    readonly grant: Uuid,
    readonly command: RequestedGrant,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}
