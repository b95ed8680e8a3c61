import { Inject, Injectable } from '@nestjs/common';
import type { Uuid } from '@candor/domain';
import type { FastifyReply } from 'fastify';
import { PlatformSecrets } from '../../platform/platform-secrets.js';
import { POSITION_HEADER, positionHeader } from '../position/position.js';
import type { CommandOutcome } from './outcome.js';

/** Writes what a command stored into the answer: its position, so that a read can wait for it. */
@Injectable()
export class CommandAnswer {
  constructor(@Inject(PlatformSecrets) private readonly secrets: PlatformSecrets) {}

  /** @param log the log the command wrote to */
  position(reply: FastifyReply, log: Uuid, outcome: Pick<CommandOutcome, 'position'>): void {
    if (outcome.position === undefined) return;
    void reply.header(POSITION_HEADER, positionHeader(this.secrets.position, outcome.position, log));
  }
}
