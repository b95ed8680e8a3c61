import { leafHash, nodeHash, utf8 } from '@candor/crypto';
import { formatEpoch } from '@candor/crypto/tlog';
import { type Fact, fact, type FactView } from '@candor/read-models';
import type { Findings } from './findings.js';
import type { Recorded } from './recorded.js';
import type { Trees } from './trees.js';

const CODES: Readonly<Record<FactView, string>> = {
  audit_log_v1: 'view.entry',
  verifiable_log_v1: 'view.checkpoint',
  anchor_v1: 'view.anchor',
};

/** A fact with the event that recorded it, and its log where it has one. */
interface Source {
  readonly fact: Fact;
  readonly event: string;
  readonly log?: string;
  /** Whether a view may do without it. */
  readonly optional?: true;
}

/** What was recorded, with the origins of the logs and where successors begin. */
type RecordedWithOrigins = Recorded & Pick<Trees, 'origins' | 'successions'>;

/**
 * Holds what the views have of slots, origins, checkpoints, epochs, their tree and notes against what was recorded: nothing else, and all of it.
 * @param late events that a view had not come to yet
 */
export function checkFacts(
  recorded: RecordedWithOrigins,
  held: ReadonlyMap<FactView, ReadonlySet<Fact>>,
  late: (view: FactView, event: string) => boolean,
  findings: Findings,
): void {
  const checkpoints = recorded.checkpoints.map(({ log, succession, size, root, event }): Source => ({
    fact: fact.checkpoint(log, succession, size, root),
    event,
    log,
  }));
  const { successions } = recorded;
  compare(
    'audit_log_v1',
    successions.map(({ log, succession, start, event }) => ({
      fact: fact.succession(log, succession, start),
      event,
      log,
    })),
  );
  compare('verifiable_log_v1', [
    ...checkpoints,
    ...successions.map(({ log, succession, event }) => ({
      fact: fact.succeeded(log, succession),
      event,
      log,
    })),
  ]);
  compare('anchor_v1', [...checkpoints, ...anchorFacts(recorded)]);

  function compare(view: FactView, sources: readonly Source[]): void {
    const known = held.get(view) ?? new Set();
    for (const { fact: one, event, log, optional } of sources)
      if (optional !== true && !known.has(one) && !late(view, event))
        findings.add(CODES[view], { event, ...(log === undefined ? {} : { log }) });
    const facts = new Set(sources.map((source) => source.fact));
    for (const one of known) if (!facts.has(one)) findings.add(CODES[view], {});
  }
}

function anchorFacts({ slots, slotEvents, epochs, notes, origins }: RecordedWithOrigins): readonly Source[] {
  return [
    ...nodeFacts(epochs),
    // An entry 0 is told from others by its place alone, so that a view which lags may lack it.
    ...[...origins].map(
      ([key, origin]) => ({ fact: fact.origin(key, origin), event: '', optional: true }) as const,
    ),
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

/** Every complete subtree over the epochs' texts, recorded by the last epoch in it. */
function nodeFacts(epochs: Recorded['epochs']): readonly Source[] {
  const sources: Source[] = [];
  let row = epochs.map((epoch) => ({ hash: leafHash(utf8(formatEpoch(epoch))), event: epoch.event }));
  for (let level = 0; row.length > 0; level++) {
    for (const [index, { hash, event }] of row.entries())
      sources.push({ fact: fact.node(level, index, hash), event });
    row = row.flatMap((left, n) => {
      const right = n % 2 === 0 ? row[n + 1] : undefined;
      return right === undefined ? [] : [{ hash: nodeHash(left.hash, right.hash), event: right.event }];
    });
  }
  return sources;
}
