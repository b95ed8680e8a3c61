import { type EventLog, type StoredEvent, WrongExpectedRevision } from '@candor/event-store';
import { RecoveryFault } from './source.js';

/** What a replica has and the store lacks. */
export interface ReplicaGap {
  /** Events with which both begin, in the same order. */
  readonly common: number;
  /** Events of the replica after those. */
  readonly further: number;
}

/**
 * Reads both, and holds against the store what the replica has after where they part.
 * @returns from which of its events on the replica may have more
 * @throws RecoveryFault when the store has another event in a place of one of the replica's
 */
export async function gapOf(
  log: Pick<EventLog, 'readAll'>,
  replica: Pick<EventLog, 'readAll'>,
): Promise<ReplicaGap> {
  const ours = log.readAll()[Symbol.asyncIterator]();
  let beyond: ReadonlyMap<string, string> | undefined;
  let [common, further] = [0, 0];
  for await (const event of replica.readAll()) {
    if (beyond === undefined) {
      const next = await nextOf(ours);
      if (next?.id === event.id) {
        common += 1;
        continue;
      }
      beyond = await placesFrom(next, ours);
    }
    further += 1;
    if ((beyond.get(placeOf(event)) ?? event.id) !== event.id) throw contradicted(event);
  }
  await ours.return?.();
  return { common, further };
}

/**
 * Appends what the replica has beyond, each event as it is, at its revision, in the replica's order. What is there already is
 * answered like the first time, so that this can be done again.
 * @returns how many events were sent
 * @throws RecoveryFault when the store has got another event in one of their places
 */
export async function copyFromReplica(
  log: EventLog,
  replica: Pick<EventLog, 'readAll'>,
  { common }: ReplicaGap,
  progress: (events: number) => void,
): Promise<number> {
  let [seen, sent] = [0, 0];
  for await (const event of replica.readAll()) {
    seen += 1;
    if (seen <= common) continue;
    await copy(log, event);
    sent += 1;
    if (sent % 1_000 === 0) progress(sent);
  }
  return sent;
}

async function copy(log: EventLog, event: StoredEvent): Promise<void> {
  const { stream, revision, id, type, data, metadata } = event;
  try {
    await log.append(stream, revision === 0n ? 'no-stream' : revision - 1n, [{ id, type, data, metadata }]);
  } catch (error) {
    if (!(error instanceof WrongExpectedRevision)) throw error;
    throw contradicted(event, error);
  }
}

const contradicted = ({ stream, revision }: StoredEvent, cause?: unknown): RecoveryFault =>
  new RecoveryFault(
    `The store has another event than the replica at ${stream} ${revision}: only a store as it was before anything was recorded in it again takes this replica.`,
    { cause },
  );

const placeOf = ({ stream, revision }: StoredEvent): string => `${revision} ${stream}`;

/** The ids of all events from one on, by place: few, in a store that was set back. */
async function placesFrom(
  first: StoredEvent | undefined,
  rest: AsyncIterator<StoredEvent>,
): Promise<ReadonlyMap<string, string>> {
  const places = new Map<string, string>();
  for (let event = first; event !== undefined; event = await nextOf(rest))
    places.set(placeOf(event), event.id);
  return places;
}

async function nextOf(events: AsyncIterator<StoredEvent>): Promise<StoredEvent | undefined> {
  const next = await events.next();
  return next.done === true ? undefined : next.value;
}
