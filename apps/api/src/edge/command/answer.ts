import { Inject, Injectable } from '@nestjs/common';
import type { Uuid } from '@candor/domain';
import type { FastifyReply } from 'fastify';
import { Receipts } from '../../log/receipt/receipts.js';
import { PlatformSecrets } from '../../platform/platform-secrets.js';
import type { Answer } from '../openapi/answer.js';
import type { EventRef } from '../openapi/answers.js';
import { POSITION_HEADER, positionHeader } from '../position/position.js';
import type { CommandOutcome } from './outcome.js';

/** Writes what a command stored into the answer: its events, each with its receipt, and its position. */
@Injectable()
export class CommandAnswer {
  constructor(
    @Inject(PlatformSecrets) private readonly secrets: PlatformSecrets,
    @Inject(Receipts) private readonly receipts: Receipts,
  ) {}

  /** The events for the answer's body. @param log the log the command wrote to */
  async events(
    reply: FastifyReply,
    log: Uuid,
    { events, position }: CommandOutcome,
  ): Promise<readonly Answer<EventRef>[]> {
    this.position(reply, log, position);
    if (position === undefined) return [];
    return Promise.all(
      events.map(async (event) => ({
        id: event.id,
        type: event.type,
        receipt: await this.receipts.of(log, event, position),
      })),
    );
  }

  /** So that a read can wait for what was written. */
  position(reply: FastifyReply, log: Uuid, position: bigint | undefined): void {
    if (position === undefined) return;
    void reply.header(POSITION_HEADER, positionHeader(this.secrets.position, position, log));
  }
}
