import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type LogCommand, type Query, readingDecider, type Timestamp, type Uuid } from '@candor/domain';
import { Executor } from '@candor/event-store';
import { executeNew } from '../../edge/command/execute-new.js';
import { type Caller, contextOf } from '../../edge/command/caller.js';
import { outcomeOf } from '../../edge/command/outcome.js';
import { Problem } from '../../edge/problem/problem.js';
import { CLOCK, type Clock } from '../../ports.js';

/** How long the record of a reading may take, in milliseconds. */
const READING_TIME = 5_000;

export type ReadingFilter = Partial<Query['filter']>;

/** Reading is an act too: who asked what, how much was answered, from how much. */
@Injectable()
export class Readings {
  constructor(
    @Inject(Executor) private readonly executor: Executor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** That a log was handed out, from an index up to a size. MUST have resolved before the first byte leaves. */
  async exported(
    caller: Caller,
    log: Uuid,
    sent: { readonly from: number; readonly size: number; readonly count: number },
  ): Promise<void> {
    await this.store(caller, log, (at) => ({
      kind: 'record-export',
      at,
      exported: 'log',
      subjects: [],
      ...sent,
    }));
  }

  /** MUST have resolved before the answer leaves: a reading that cannot be recorded is not answered. */
  async record(
    caller: Caller,
    log: Uuid,
    {
      shown = [],
      ...reading
    }: {
      readonly view: Query['view'];
      readonly filter: ReadingFilter;
      readonly count: number;
      readonly size: number;
      /** The indices of the log's entries that are shown, in any order; none where the rows are no entries. */
      readonly shown?: readonly number[];
    },
  ): Promise<void> {
    const none = { actor: null, action: null, target: null, outcome: null, from: null, to: null };
    await this.store(caller, log, (at) => ({
      kind: 'query',
      at,
      ...reading,
      ...spanOf(shown),
      filter: { ...none, ...reading.filter },
    }));
  }

  private async store(caller: Caller, log: Uuid, command: (at: Timestamp) => LogCommand): Promise<void> {
    const now = this.clock();
    const at = new Date(now).toISOString();
    const result = await executeNew(this.executor, readingDecider, {
      stream: `reading-${randomUUID()}`,
      command: command(at),
      commandId: randomUUID(),
      causation: null,
      context: contextOf(caller, log, at),
      deadline: now + READING_TIME,
    });
    if (!result.ok) throw new Problem(result.rejection.code, { members: { info: result.rejection.detail } });
  }

  /** An export of all that concerns subjects; MUST have resolved before its first line leaves. Answers the event's id. */
  async recordExport(
    caller: Caller,
    log: Uuid,
    subjects: readonly Uuid[],
    { size, count }: { readonly size: number; readonly count: number },
  ): Promise<Uuid> {
    const now = this.clock();
    const at = new Date(now).toISOString();
    const result = await executeNew(this.executor, readingDecider, {
      stream: `reading-${randomUUID()}`,
      command: { kind: 'record-export', at, exported: 'subjects', subjects, from: 0, size, count },
      commandId: randomUUID(),
      causation: null,
      context: contextOf(caller, log, at),
      deadline: now + READING_TIME,
    });
    const { events } = outcomeOf(result);
    const [event] = events;
    if (event === undefined) throw new Error('an export stored no event');
    return event.id;
  }
}

function spanOf(shown: readonly number[]): Pick<Query, 'first' | 'last'> {
  if (shown.length === 0) return { first: null, last: null };
  return { first: Math.min(...shown), last: Math.max(...shown) };
}
