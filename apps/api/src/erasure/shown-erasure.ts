import type { ErasureEvent, ErasureOrdered } from '@candor/domain';
import type { ErasureFact } from '@candor/read-models';
import type { Answer } from '../edge/openapi/answer.js';
import type { ErasureAnswer, ErasureReceipt } from './erasure.dto.js';

type Shown = { -readonly [K in keyof Answer<ErasureAnswer>]: Answer<ErasureAnswer>[K] };

/** Erasures as their entries tell of them, in the order they began. Free text is left to the entries. */
export function shownErasures(facts: readonly ErasureFact[]): readonly Shown[] {
  const erasures = new Map<string, Shown>();
  for (const one of facts) {
    const erasure = erasures.get(one.id) ?? begun(one.id);
    erasures.set(one.id, erasure);
    apply(erasure, one);
  }
  return [...erasures.values()];
}

const begun = (erasure: string): Shown => ({
  erasure,
  status: 'requested',
  subjects: [],
  askedBy: null,
  ground: null,
  cause: null,
  requestedAt: null,
  decidedAt: null,
  sinks: [],
  holds: [],
  receipt: null,
});

function apply(erasure: Shown, { fact: told, at, event }: ErasureFact): void {
  // The view has nothing else of this category.
  const fact = told as ErasureEvent | ErasureOrdered;
  switch (fact.type) {
    case 'log.erasure-requested': {
      const { subjects, askedBy, ground, sinks } = fact.body;
      const told = sinks.map((sink) => ({ sink, state: 'to-be-told' }));
      Object.assign(erasure, { subjects, askedBy, ground, requestedAt: at, sinks: told });
      return;
    }
    case 'log.erasure-confirmed':
      Object.assign(erasure, { status: 'confirmed', decidedAt: at });
      return;
    case 'log.erasure-declined':
      Object.assign(erasure, { status: 'declined', decidedAt: at, cause: fact.body.cause });
      return;
    case 'log.erasure-ordered':
      Object.assign(erasure, { status: 'ordered', ground: fact.body.ground });
      return;
    case 'log.sink-erased':
      erasure.sinks = erasure.sinks.map((one) =>
        one.sink === fact.body.sink ? { sink: one.sink, state: 'confirmed' } : one,
      );
      return;
    case 'log.key-erased': {
      const { rule, orders, keys, entries, sinks, finalAt, backupsUntil } = fact.body;
      const receipt: Answer<ErasureReceipt> = { event, rule, orders, keys, entries, finalAt, backupsUntil };
      Object.assign(erasure, { status: 'complete', sinks, receipt });
      return;
    }
  }
}
