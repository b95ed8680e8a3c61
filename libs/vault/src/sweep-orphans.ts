import { CorruptEntry, decodeEntry, type EventLog, type StoredEvent } from '@candor/event-store';
import type { NamedKey } from './named-keys.js';
import type { Orphaned, Orphans, SweepPlace } from './pg/orphans.js';

/**
 * Milliseconds that a key or a subject is left alone after it was made, and again after nothing was seen to name it. It MUST
 * be far over what lies between being given a key and having appended under it: a cache's minute, a request's deadline, and
 * the seconds after which nothing sealed is sent any more.
 */
export const ORPHAN_AGE = 86_400_000;

export interface SweepReport {
  /** Events read: those since the last sweep. */
  readonly events: number;
  /** Events that are no entries: what they name is not known, so that nothing was swept. */
  readonly unreadable: number;
  /** The log was not the one that was read before: it was read from its beginning. */
  readonly startedOver: boolean;
  /** Found to be orphans now: swept a day later, if nothing changes. */
  readonly found: Orphaned;
  readonly swept: Orphaned;
  /** Orphans that are left. */
  readonly waiting: Orphaned;
}

export interface SweepOptions {
  /** Throws where the log may lack what was appended to it: then nothing is an orphan. */
  readonly requireWhole: () => Promise<void>;
  /** Only reads the log, and remembers what it names. */
  readonly dryRun?: boolean;
  readonly age?: number;
  readonly progress?: (events: number) => void;
  readonly signal?: AbortSignal;
}

const NOTHING: Orphaned = { keys: 0, subjects: 0 };
const KEYS_AT_ONCE = 5_000;
const EVENTS_AT_ONCE = 20_000;

/**
 * Deletes keys and subjects whose event was never appended (ADR 21). What a sweep finds to be an orphan a later one deletes,
 * unless the log names it by then or somebody was given it: both take it back. Others may write meanwhile. Stopped anywhere,
 * the next one goes on where it stood.
 * @throws what `requireWhole` throws; LogUnavailable, VaultUnavailable; what the signal is aborted with
 */
export async function sweepOrphans(
  log: EventLog,
  orphans: Orphans,
  options: SweepOptions,
): Promise<SweepReport> {
  const { requireWhole, dryRun = false, age = ORPHAN_AGE } = options;
  await requireWhole();
  const { at, place } = await orphans.state();
  const startedOver = place !== null && !(await has(log, place));
  if (startedOver) await orphans.startOver();
  const { events, unreadable } = await readNames(log, orphans, startedOver ? null : place, options);
  await requireWhole();
  const still = dryRun || unreadable > 0;
  const swept = still ? NOTHING : await orphans.sweep(at, age);
  const found = still ? NOTHING : await orphans.mark(at, age);
  if (!still) await orphans.ended();
  return { events, unreadable, startedOver, found, swept, waiting: await orphans.waiting() };
}

async function has(log: EventLog, { position, eventId }: SweepPlace): Promise<boolean> {
  for await (const found of log.readAll({ from: position, limit: 1 }))
    return found.position === position && found.id === eventId;
  return false;
}

/** Remembers every key that is named from a place to the end. What is no entry is read again each time. */
async function readNames(
  log: EventLog,
  orphans: Orphans,
  place: SweepPlace | null,
  { progress = () => undefined, signal }: SweepOptions,
): Promise<{ readonly events: number; readonly unreadable: number }> {
  const named = new Map<string, NamedKey>();
  let [events, unreadable, unsaved] = [0, 0, 0];
  let last: SweepPlace | null = null;
  const save = async (): Promise<void> => {
    await orphans.named([...named.values()]);
    named.clear();
    if (last !== null && unreadable === 0) await orphans.reached(last);
    unsaved = 0;
  };
  for await (const stored of log.readAll(place === null ? {} : { from: place.position })) {
    signal?.throwIfAborted();
    if (stored.position === place?.position) continue;
    events += 1;
    const keys = namesOf(stored);
    if (keys === undefined) unreadable += 1;
    for (const key of keys ?? []) named.set(key.keyId, key);
    last = { position: stored.position, eventId: stored.id };
    unsaved += 1;
    if (named.size >= KEYS_AT_ONCE || unsaved >= EVENTS_AT_ONCE) await save();
    if (events % 50_000 === 0) progress(events);
  }
  await save();
  return { events, unreadable };
}

/** Undefined for what is no entry. */
function namesOf(stored: StoredEvent): readonly NamedKey[] | undefined {
  try {
    const { json, commitments } = decodeEntry(stored);
    const { log } = json;
    return log === null ? [] : commitments.map(({ keyId }) => ({ log, keyId }));
  } catch (error) {
    if (error instanceof CorruptEntry) return undefined;
    throw error;
  }
}
