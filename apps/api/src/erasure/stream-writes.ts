import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { createdId } from '@candor/crypto';
import type { Decider, DomainEvent, Uuid } from '@candor/domain';
import type { LogVault } from '@candor/vault';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CommandAnswer } from '../edge/command/answer.js';
import type { CommandMeta } from '../edge/command/command-meta.js';
import { CommandIntake } from '../edge/command/intake.js';
import type { CommandOutcome } from '../edge/command/outcome.js';
import type { Reasoned } from '../edge/command/reason.dto.js';
import { VAULT } from '../ports.js';
import { type Stream, StreamCommand } from './stream-command.js';

/** A write on one stream of a tenant's, from the request to the answer. */
@Injectable()
export class StreamWrites {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
    @Inject(VAULT) private readonly vault: LogVault,
  ) {}

  /** Takes a write in. @throws Problem `tenant.unknown`, `idempotency.*` */
  take(request: FastifyRequest, tenant: Uuid, dto: Reasoned): Promise<CommandMeta> {
    return this.intake.forTenant(request, tenant, dto);
  }

  /** The id of what a write creates: the same however often it is sent (formats v1 §1.6). */
  async created(tenant: Uuid, { commandId }: CommandMeta): Promise<Uuid> {
    const { kId } = await this.vault.secrets(tenant);
    return createdId(kId, commandId, 0);
  }

  /** @throws Problem with the code of the rejection, or `unknown` of the stream */
  decide<C, E extends DomainEvent, S>(
    stream: Stream,
    decider: Decider<C, E, S>,
    command: C,
    meta: CommandMeta,
  ): Promise<CommandOutcome> {
    return this.commands.execute(new StreamCommand(stream, (run) => run(decider, command), meta));
  }

  /** What was stored, for the answer, each with its receipt. */
  events(reply: FastifyReply, tenant: Uuid, outcome: CommandOutcome) {
    return this.answer.events(reply, tenant, outcome);
  }
}
