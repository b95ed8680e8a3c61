import { Frontier, logOrigin } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import { decodeEntry, type EventLog } from '@candor/event-store';
import type { HeldHead } from '@candor/read-models';
import { findingLine, Findings } from '../verify/findings.js';
import { readRecorded, type Recorded } from '../verify/recorded.js';
import { type Claim, Trees } from '../verify/trees.js';
import { RecoveryFault } from './source.js';

/** What an event store has. */
export interface Survey {
  readonly recorded: Recorded;
  readonly events: number;
  /** The tree of each log, to be continued. */
  readonly trees: ReadonlyMap<Uuid, Frontier>;
  readonly origins: ReadonlyMap<Uuid, string>;
  /** Logs of which more was signed or recorded than there is, with the size claimed. */
  readonly short: ReadonlyMap<Uuid, number>;
}

/**
 * Reads a store from its beginning, and holds every tree against what was recorded and signed of it.
 * @throws RecoveryFault when an entry is damaged or contradicts a head: appending cannot mend that
 */
export async function surveyStore(
  log: Pick<EventLog, 'readAll'>,
  name: string,
  signed: readonly HeldHead[],
): Promise<Survey> {
  const findings = new Findings();
  const recorded = await readRecorded(log, 2n ** 63n - 1n, findings);
  const trees = new Trees(claimsOf(recorded, signed), findings);
  let events = 0;
  for await (const stored of log.readAll()) {
    events += 1;
    const { json, leaf } = decodeEntry(stored);
    if (json.log !== null)
      trees.take(json.log, {
        ...{ leaf, id: stored.id, bytes: stored.data, body: json.body, metadata: stored.metadata },
      });
  }
  const [first] = findings.told;
  if (first !== undefined)
    throw new RecoveryFault(`${name} cannot be recovered by appending: ${findingLine(first)}.`);
  return { recorded, events, trees: trees.frontiers(), origins: trees.origins, short: trees.outstanding() };
}

function claimsOf({ checkpoints }: Recorded, signed: readonly HeldHead[]): readonly Claim[] {
  return [
    ...signed.map((head) => ({ ...head, code: 'signed.root' })),
    ...checkpoints.map(({ log, size, root, event }) => ({
      ...{ tenant: log, size, root, event, code: 'checkpoint.root' },
    })),
  ];
}

/** A log's origin by its entry 0; undefined when that says no slot and operator (formats v1 §1.7). */
export function originOf(
  data: Uint8Array,
  body: { readonly slot?: unknown; readonly operator?: unknown },
): string | undefined {
  const { slot, operator } = body;
  return typeof slot === 'number' && typeof operator === 'string'
    ? logOrigin(operator, slot, data)
    : undefined;
}

/** A tree that goes on by itself, and leaves the one it was made of as it is. */
export function continued(tree: Frontier | undefined): Frontier {
  return tree === undefined ? Frontier.empty() : Frontier.from(tree.size, tree.hashes());
}
