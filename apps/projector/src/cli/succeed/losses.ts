import { equalBytes } from '@candor/crypto';
import { formatCheckpoint } from '@candor/crypto/tlog';
import type { Uuid } from '@candor/domain';
import { checkpointOf, type LogOrigin, type Pool, rememberedHeads, signedHeads } from '@candor/read-models';
import type { GivenUp } from '../recover/plan.js';
import { RecoveryFault, type SourceHead } from '../recover/source.js';
import type { Survey } from '../recover/survey.js';
import { originKey } from '../verify/trees.js';
import { type OriginEntries, readOrigins } from './origin-entries.js';
import type { EventLog } from '@candor/event-store';

/** What of a log's present origin cannot be had again. */
export interface Loss extends GivenUp {
  readonly operator: string;
  /** The checkpoint that is given up: the newest that may have been signed. */
  readonly previous: string;
  /** How many entries that one counts. */
  readonly size: number;
  /** How many entries there are, whether a head leads to them or not. */
  readonly has: number;
  /** Up to which size the entries are those that were signed. */
  readonly kept: number;
  /** When the last of those was recorded. */
  readonly keptUntil: string | null;
  /** When the checkpoint was, as far as the database knows. */
  readonly signedAt: string | null;
  /** Whether the database alone says that the checkpoint was recorded: no epoch counted it, and the store does not have it. */
  readonly unproven: boolean;
  /** The first epoch that counted a head which is lost; null: none of those known. */
  readonly epoch: number | null;
  /** Where the entries that are there are other ones: how many of those that were signed the database has. */
  readonly elsewhere: number;
}

/**
 * Every log of which a head that may have been signed is not reproduced, by what store and database know of heads.
 * @throws RecoveryFault where one cannot have a successor
 */
export async function lossesIn(
  survey: Survey,
  {
    log,
    pool,
    platform,
    elsewhere,
  }: {
    readonly log: EventLog;
    readonly pool: Pool;
    readonly platform: Uuid;
    /** How many entries the database has that lead to a log's heads, of those whose entries are others. */
    readonly elsewhere: (origin: LogOrigin) => Promise<number>;
  },
): Promise<readonly Loss[]> {
  const heads = await headsKnown(survey, pool);
  const origins = lostOrigins(survey);
  const knownOf = (origin: LogOrigin): Known => heads.get(originKey(origin)) ?? new Map<number, SourceHead>();
  const entries = await readOrigins(
    log,
    new Map(origins.map((origin) => [originKey(origin), new Set(knownOf(origin).keys())])),
  );
  const losses: Loss[] = [];
  for (const origin of origins) {
    if (origin.log === platform)
      throw new RecoveryFault(
        'Entries of the platform’s own log are lost: it has no successor. What is lost of it closes the installation.',
      );
    const loss = lossOf(origin, survey, knownOf(origin), entries.get(originKey(origin)));
    const recorded = await checkpointOf(pool, origin, loss.size);
    const signedAt = recorded?.recordedAt.toISOString() ?? null;
    losses.push({ ...loss, signedAt, elsewhere: await elsewhere(origin) });
  }
  return losses.sort((a, b) => (a.log < b.log ? -1 : 1));
}

/** @throws RecoveryFault when it is not the present one of its log: then less was declared than is lost, or the successor is */
function lostOrigins({ short, contradicted, origins }: Survey): readonly LogOrigin[] {
  const present = new Map<Uuid, number>();
  for (const log of [...[...short.keys()].map((key) => key.slice(0, 36)), ...contradicted.keys()]) {
    let succession = present.get(log) ?? 0;
    while (origins.has(originKey({ log, succession: succession + 1 }))) succession += 1;
    present.set(log, succession);
  }
  const lost = [...present].map(([log, succession]) => ({ log, succession }));
  const keys = new Set(lost.map(originKey));
  for (const key of short.keys()) {
    if (keys.has(key)) continue;
    if (!origins.has(key)) throw nothingLeft(key);
    throw new RecoveryFault(
      `Of log ${key} more was signed than its successor declares to be lost: this store was not recovered to its end.`,
    );
  }
  return lost;
}

const nothingLeft = (key: string): RecoveryFault =>
  new RecoveryFault(
    `Nothing is left of log ${key}, not even its entry 0: nobody can say what would be succeeded.`,
  );

type Known = ReadonlyMap<number, SourceHead>;

/** All heads of each origin that may have been signed, by size. @throws RecoveryFault when two are of the same size */
async function headsKnown({ recorded }: Survey, pool: Pool): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Map<number, SourceHead>>();
  const add = (origin: LogOrigin, head: Omit<SourceHead, 'recorded'>): void => {
    const of = known.get(originKey(origin)) ?? new Map<number, SourceHead>();
    known.set(originKey(origin), of);
    const before = of.get(head.size);
    if (before !== undefined && !equalBytes(before.root, head.root))
      throw new RecoveryFault(`Log ${originKey(origin)} has two heads of size ${head.size}.`);
    of.set(head.size, { ...head, epoch: before?.epoch ?? head.epoch, recorded: true });
  };
  for (const { log, succession, ...head } of await rememberedHeads(pool, 0)) add({ log, succession }, head);
  for (const { log, succession, size, root } of recorded.checkpoints)
    add({ log, succession }, { epoch: null, size, root });
  for (const { tenant: log, succession, size, root } of await signedHeads(pool))
    if (root !== undefined) add({ log, succession }, { epoch: null, size, root });
  return known;
}

function lossOf(
  origin: LogOrigin,
  survey: Survey,
  known: Known,
  entries: OriginEntries | undefined,
): Omit<Loss, 'signedAt' | 'elsewhere'> {
  const key = originKey(origin);
  const [slot, name] = [survey.recorded.slots.get(origin.log), survey.origins.get(key)];
  if (slot === undefined || name === undefined || entries?.operator === undefined) throw nothingLeft(key);
  const { operator, roots, recordedAt } = entries;
  const heads = [...known.values()].sort((a, b) => a.size - b.size);
  // What follows a head that the entries do not have is no continuation of it, whatever its own root.
  const first = heads.findIndex(({ size, root }) => !equalBytes(roots.get(size) ?? new Uint8Array(), root));
  const [kept, lost] = first < 0 ? [undefined, []] : [heads[first - 1], heads.slice(first)];
  const newest = lost.at(-1);
  if (newest === undefined)
    throw new RecoveryFault(
      `Every head of log ${key} that is known is reproduced, and yet it is contradicted.`,
    );
  const { checkpoints } = survey.recorded;
  const last = checkpoints.findLast((one) => originKey(one) === key)?.size ?? 0;
  const epochs = lost.flatMap(({ epoch }) => (epoch === null ? [] : [epoch]));
  return {
    ...origin,
    slot,
    operator,
    size: newest.size,
    has: entries.size,
    kept: kept?.size ?? 0,
    keptUntil: recordedAt.get(kept?.size ?? 0) ?? null,
    heads: lost.filter(({ size }) => size > last),
    previous: formatCheckpoint({ origin: name, size: newest.size, root: newest.root }),
    unproven: newest.epoch === null && newest.size > last,
    epoch: epochs.length === 0 ? null : Math.min(...epochs),
  };
}
