import { randomUUID } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Inject } from '@nestjs/common';
import type { Uuid } from '@candor/domain';
import type { Principal } from '../../edge/auth/principal.js';
import type { CommandMeta } from '../../edge/command/command-meta.js';
import { Problem } from '../../edge/problem/problem.js';
import type { RecordLine } from '../line/line-schema.js';
import { Recorder } from '../recorder.js';
import type { Verdict } from '../verdict.js';

export interface Recorded {
  /** The stored event; null where the fact is stored in other words. */
  readonly event: Uuid | null;
  readonly position: bigint;
}

/** One record, as a bulk line would report it. */
export class RecordCommand extends Command<Recorded> {
  constructor(
    readonly tenant: Uuid,
    readonly record: RecordLine,
    readonly principal: Principal,
    readonly meta: Pick<CommandMeta, 'at' | 'deadline'>,
  ) {
    super();
  }
}

@CommandHandler(RecordCommand)
export class RecordHandler implements ICommandHandler<RecordCommand, Recorded> {
  constructor(@Inject(Recorder) private readonly recorder: Recorder) {}

  async execute({ tenant, record, principal, meta }: RecordCommand): Promise<Recorded> {
    const correlation = randomUUID();
    const [verdict] = await this.recorder.record([{ tenant, record }], {
      principal,
      at: meta.at,
      deadline: meta.deadline,
      correlation: () => correlation,
    });
    if (verdict === undefined) throw new Error('a record was not judged');
    return recorded(verdict);
  }
}

/** Sent again it is answered like the first time: accepted and duplicate look the same. */
function recorded(verdict: Verdict): Recorded {
  switch (verdict.verdict) {
    case 'accepted':
    case 'duplicate':
      return { event: verdict.id, position: verdict.position };
    case 'conflict':
      throw new Problem(verdict.code, { members: { conflictsWith: verdict.id } });
    case 'rejected':
      throw new Problem(verdict.code, { members: { fields: verdict.fields, info: verdict.info } });
  }
}
