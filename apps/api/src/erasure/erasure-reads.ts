import { Inject, Injectable } from '@nestjs/common';
import type { Timestamp, Uuid } from '@candor/domain';
import { decodeEntry, type EventLog, recordedOf } from '@candor/event-store';
import type { ErasureCategory, ErasureFact } from '@candor/read-models';
import type { Caller } from '../edge/command/caller.js';
import { Problem } from '../edge/problem/problem.js';
import { ReadGate } from '../log/reading/read-gate.js';
import { Readings } from '../log/reading/readings.js';
import { LOG, VIEWS } from '../ports.js';
import type { Sized, View, Views } from '../views/views.js';

/** The views that are asked here, with what each is made from. */
const CATEGORIES = {
  erasures: 'erasure',
  holds: 'hold',
  sinks: 'sink',
  'subject-requests': 'subjectrequest',
} as const satisfies Partial<Record<View, ErasureCategory>>;

const UNKNOWN = { erasure: 'erasure.unknown', subjectrequest: 'subject.request-unknown' } as const;

export interface ReadFacts {
  readonly caller: Caller;
  readonly tenant: Uuid;
  readonly after: string | undefined;
  readonly id?: Uuid;
}

/** Reads what is told of erasures and of what belongs to them. */
export interface Begun {
  readonly subjects: readonly Uuid[];
  /** Of an erasure null. */
  readonly askedAt: Timestamp | null;
}

@Injectable()
export class ErasureReads {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(Readings) private readonly readings: Readings,
    @Inject(LOG) private readonly log: EventLog,
  ) {}

  /** What is shown of the facts; the reading is recorded. */
  read<T>(
    view: keyof typeof CATEGORIES,
    { caller, tenant, after, id }: ReadFacts,
    show: (facts: readonly ErasureFact[]) => Promise<readonly T[]>,
  ): Promise<Sized<{ readonly shown: readonly T[] }>> {
    return this.gate.tenant(tenant, view, after, async () => {
      const { facts, size } = await this.views.sizedErasureFacts(tenant, CATEGORIES[view], id);
      const shown = await show(facts);
      const filter = { target: id ?? null };
      await this.readings.record(caller, tenant, { view, filter, count: shown.length, size });
      return { shown, size };
    });
  }

  /**
   * Whose erasure or request it is, and when a request was made, from its first entry: whatever the views have seen.
   * @throws Problem `erasure.unknown`, `subject.request-unknown`
   */
  async begunBy(tenant: Uuid, category: keyof typeof UNKNOWN, id: Uuid): Promise<Begun> {
    for await (const stored of this.log.readStream(`${category}-${id}`, { limit: 1 })) {
      const recorded = recordedOf(decodeEntry(stored));
      if (recorded?.context.log !== tenant) break;
      const { subjects = [], askedAt = null } = recorded.event.body as Partial<Begun>;
      return { subjects, askedAt };
    }
    throw new Problem(UNKNOWN[category]);
  }
}
