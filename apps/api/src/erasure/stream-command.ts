import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Decider, DomainEvent, RejectionCode, Uuid } from '@candor/domain';
import { Executor } from '@candor/event-store';
import type { CommandMeta } from '../edge/command/command-meta.js';
import { executeNew } from '../edge/command/execute-new.js';
import { execution } from '../edge/command/execution.js';
import { type CommandOutcome, outcomeOf } from '../edge/command/outcome.js';
import { StreamOwners } from '../edge/command/stream-owners.js';
import { Problem } from '../edge/problem/problem.js';

/** The stream a command is decided on: one it begins, one of the tenant's that the path names, or one that is known to be the tenant's, whether it has begun or not. */
export type Stream =
  | { readonly stream: string; readonly isNew: boolean }
  | { readonly stream: string; readonly tenant: Uuid; readonly unknown: RejectionCode };

/** A command of a context whose commands differ in nothing but their decider. */
export class StreamCommand extends Command<CommandOutcome> {
  constructor(
    readonly stream: Stream,
    /** Puts the command to its decider. */
    readonly decide: (
      run: <C, E extends DomainEvent, S>(decider: Decider<C, E, S>, command: C) => Promise<CommandOutcome>,
    ) => Promise<CommandOutcome>,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}

@CommandHandler(StreamCommand)
export class StreamCommandHandler implements ICommandHandler<StreamCommand, CommandOutcome> {
  constructor(
    @Inject(Executor) private readonly executor: Executor,
    @Inject(StreamOwners) private readonly owners: StreamOwners,
  ) {}

  async execute({ stream, decide, meta }: StreamCommand): Promise<CommandOutcome> {
    if ('unknown' in stream && !(await this.owners.owns(stream.tenant, stream.stream)))
      throw new Problem(stream.unknown);
    return decide(async (decider, command) => {
      const asked = execution(stream.stream, command, meta);
      return outcomeOf(
        'isNew' in stream && stream.isNew
          ? await executeNew(this.executor, decider, asked)
          : await this.executor.execute(decider, asked),
      );
    });
  }
}
