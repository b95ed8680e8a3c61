import { utf8 } from '@candor/crypto';
import { type Fact, fact, type FactView } from '@candor/read-models';
import type { Findings } from './findings.js';
import type { Recorded } from './recorded.js';

const CODES: Readonly<Record<FactView, string>> = {
  verifiable_log_v1: 'view.checkpoint',
  anchor_v1: 'view.anchor',
};

/** A fact with the event that recorded it, and its log where it has one. */
interface Source {
  readonly fact: Fact;
  readonly event: string;
  readonly log?: string;
}

/**
 * Holds what the views have of slots, checkpoints, epochs and notes against what was recorded: nothing else, and all of it.
 * @param late events that a view had not come to yet
 */
export function checkFacts(
  recorded: Recorded,
  held: ReadonlyMap<FactView, ReadonlySet<Fact>>,
  late: (view: FactView, event: string) => boolean,
  findings: Findings,
): void {
  const checkpoints = recorded.checkpoints.map(({ log, size, root, event }): Source => ({
    fact: fact.checkpoint(log, size, root),
    event,
    log,
  }));
  compare('verifiable_log_v1', checkpoints);
  compare('anchor_v1', [...checkpoints, ...anchorFacts(recorded)]);

  function compare(view: FactView, sources: readonly Source[]): void {
    const known = held.get(view) ?? new Set();
    for (const { fact: one, event, log } of sources)
      if (!known.has(one) && !late(view, event))
        findings.add(CODES[view], { event, ...(log === undefined ? {} : { log }) });
    const facts = new Set(sources.map((source) => source.fact));
    for (const one of known) if (!facts.has(one)) findings.add(CODES[view], {});
  }
}

function anchorFacts({ slots, slotEvents, epochs, notes }: Recorded): readonly Source[] {
  return [
    ...[...slots].map(([log, slot]) => ({
      fact: fact.slot(slot, log),
      event: slotEvents.get(log) ?? '',
      log,
    })),
    ...epochs.map(({ epoch, time, slots: count, root, after, event }) => ({
      fact: fact.epoch(epoch, time, count, root, after),
      event,
    })),
    ...notes.map(({ epoch, note, event }) => ({ fact: fact.note(epoch, utf8(note)), event })),
  ];
}
