import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { grantDecider } from '@candor/domain';
import { Executor } from '@candor/event-store';
import { execution } from '../../edge/command/execution.js';
import { outcomeOf } from '../../edge/command/outcome.js';
import { StreamOwners } from '../../edge/command/stream-owners.js';
import { Problem } from '../../edge/problem/problem.js';
import { type GrantRevocation, RevokeGrantCommand } from './revoke-grant.command.js';

@CommandHandler(RevokeGrantCommand)
export class RevokeGrantHandler implements ICommandHandler<RevokeGrantCommand, GrantRevocation> {
  constructor(
    @Inject(Executor) private readonly executor: Executor,
    @Inject(StreamOwners) private readonly owners: StreamOwners,
  ) {}

  async execute({ grant, tenant, command, meta }: RevokeGrantCommand): Promise<GrantRevocation> {
    const stream = `grant-${grant}`;
    if (!(await this.owners.owns(tenant, stream))) throw new Problem('grant.unknown');
    const result = await this.executor.execute(grantDecider, execution(stream, command, meta));
    const outcome = outcomeOf(result);
    const revoked = result.ok
      ? result.events.find(({ event }) => event.type === 'access.grant-revoked')
      : undefined;
    if (revoked?.event.type !== 'access.grant-revoked') throw new Error('a revocation stored no revocation');
    return { ...outcome, lastUseBy: revoked.event.body.lastUseBy };
  }
}
