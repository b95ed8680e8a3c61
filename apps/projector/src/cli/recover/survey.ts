import { Frontier, logOrigin } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import { decodeEntry, type EventLog } from '@candor/event-store';
import type { HeldHead } from '@candor/read-models';
import { type Finding, findingLine, Findings } from '../verify/findings.js';
import { readRecorded, type Recorded } from '../verify/recorded.js';
import { type Claim, Trees } from '../verify/trees.js';
import { RecoveryFault } from './source.js';

/** What an event store has. */
export interface Survey {
  readonly recorded: Recorded;
  readonly events: number;
  /** The position of its last event; −1 where there is none. */
  readonly end: bigint;
  /** The tree of each origin, by its key, to be continued. */
  readonly trees: ReadonlyMap<Uuid, Frontier>;
  readonly origins: ReadonlyMap<Uuid, string>;
  /** Origins of which more was signed or recorded than there is, by key, with the size claimed. */
  readonly short: ReadonlyMap<Uuid, number>;
  /** Logs whose entries contradict a head, with one such finding. */
  readonly contradicted: ReadonlyMap<Uuid, Finding>;
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
  const survey = await surveyLosses(log, name, signed);
  for (const finding of survey.contradicted.values()) throw beyondAppending(name, finding);
  return survey;
}

/** The same, where entries may contradict heads. @throws RecoveryFault when an entry is damaged */
export async function surveyLosses(
  log: Pick<EventLog, 'readAll'>,
  name: string,
  signed: readonly HeldHead[],
): Promise<Survey> {
  const findings = new SurveyFindings();
  const recorded = await readRecorded(log, 2n ** 63n - 1n, findings);
  const trees = new Trees(claimsOf(recorded, signed), findings);
  let [events, end] = [0, -1n];
  for await (const stored of log.readAll()) {
    events += 1;
    end = stored.position;
    const { json, leaf } = decodeEntry(stored);
    if (json.log !== null)
      trees.take(json.log, {
        leaf,
        id: stored.id,
        type: stored.type,
        bytes: stored.data,
        body: json.body,
        metadata: stored.metadata,
      });
  }
  trees.contradict();
  const [first] = findings.told;
  if (first !== undefined) throw beyondAppending(name, first);
  const { contradicted } = findings;
  const found = { trees: trees.frontiers(), origins: trees.origins, short: trees.outstanding() };
  return { recorded, events, end, ...found, contradicted };
}

const beyondAppending = (name: string, finding: Finding): RecoveryFault =>
  new RecoveryFault(
    `${name} cannot be recovered by appending: ${findingLine(finding)}.${finding.code === 'signed.root' ? DOUBT : ''}`,
  );

/** Where nothing that was recorded in the store contradicts it, the database's word stands alone. */
const DOUBT =
  ' Only the database says that this head was recorded (anchor_v1.checkpoint, head.signed), so it may be the database that ' +
  'was changed. Compare the head with a checkpoint or an export that a tenant or a witness kept: if it is another there, ' +
  'restore the database and begin again; if it is the same, the entries of the store were changed: restore the store.';

/** Keeps apart that entries are not those a head was made of. */
class SurveyFindings extends Findings {
  readonly contradicted = new Map<Uuid, Finding>();

  override add(code: string, where: Partial<Omit<Finding, 'code'>>): void {
    const { log = null, index = null, event = null } = where;
    if (!HEAD_CODES.has(code) || log === null) super.add(code, where);
    else if (!this.contradicted.has(log) || this.contradicted.get(log)?.code === 'signed.root')
      this.contradicted.set(log, { code, log, index, event });
  }
}

const HEAD_CODES: ReadonlySet<string> = new Set(['signed.root', 'checkpoint.root']);

function claimsOf({ checkpoints }: Recorded, signed: readonly HeldHead[]): readonly Claim[] {
  return [
    ...signed.map((head) => ({ ...head, code: 'signed.root' })),
    ...checkpoints.map(({ log, succession, size, root, event }) => ({
      tenant: log,
      succession,
      size,
      root,
      event,
      code: 'checkpoint.root',
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
