import { randomUUID } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Inject } from '@nestjs/common';
import type { Uuid } from '@candor/domain';
import type { Principal } from '../../edge/auth/principal.js';
import type { CommandMeta } from '../../edge/command/command-meta.js';
import { Receipts } from '../../log/receipt/receipts.js';
import { Problem } from '../../edge/problem/problem.js';
import type { RecordLine } from '../line/line-schema.js';
import { Recorder } from '../recorder.js';
import { entryOf, positionOf, type Verdict } from '../verdict.js';

export interface Recorded {
  /** The stored event; null where the fact is stored in other words. */
  readonly event: Uuid | null;
  readonly receipt: string | null;
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
  constructor(
    @Inject(Recorder) private readonly recorder: Recorder,
    @Inject(Receipts) private readonly receipts: Receipts,
  ) {}

  async execute({ tenant, record, principal, meta }: RecordCommand): Promise<Recorded> {
    const correlation = randomUUID();
    const [verdict] = await this.recorder.record([{ tenant, record }], {
      principal,
      at: meta.at,
      deadline: meta.deadline,
      correlation: () => correlation,
    });
    if (verdict === undefined) throw new Error('a record was not judged');
    const [entry, position] = [entryOf(verdict), positionOf(verdict)];
    const none = entry === null || position === undefined;
    return recorded(verdict, none ? null : await this.receipts.of(tenant, entry, position));
  }
}

/** Sent again it is answered like the first time: accepted and duplicate look the same. */
function recorded(verdict: Verdict, receipt: string | null): Recorded {
  switch (verdict.verdict) {
    case 'accepted':
    case 'duplicate':
      return { event: verdict.event?.id ?? null, receipt, position: verdict.position };
    case 'conflict':
      throw new Problem(verdict.code, {
        members: { conflictsWith: verdict.id, ...(receipt === null ? {} : { receipt }) },
      });
    case 'rejected':
      throw new Problem(verdict.code, { members: { fields: verdict.fields, info: verdict.info } });
  }
}
