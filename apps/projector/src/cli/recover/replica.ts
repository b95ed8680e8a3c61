import { type EventLog, type StoredEvent, WrongExpectedRevision } from '@candor/event-store';
import { RecoveryFault } from './source.js';

/** What a replica has and the store lacks. */
export interface ReplicaGap {
  /** Events with which both begin, in the same order. */
  readonly common: number;
  /** Events of the replica after those. */
  readonly further: number;
}

/** Reads both up to where they part. @returns from which of its events on the replica may have more */
export async function gapOf(log: EventLog, replica: Pick<EventLog, 'readAll'>): Promise<ReplicaGap> {
  const ours = log.readAll()[Symbol.asyncIterator]();
  let [common, further] = [0, 0];
  for await (const { id } of replica.readAll()) {
    if (further === 0 && (await nextId(ours)) === id) common += 1;
    else further += 1;
  }
  await ours.return?.();
  return { common, further };
}

/**
 * Appends what the replica has beyond, each event as it is, at its revision, in the replica's order. What is there already is
 * answered like the first time, so that this can be done again.
 * @returns how many events were sent
 * @throws RecoveryFault when the store has another event in one of their places
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

async function copy(
  log: EventLog,
  { stream, revision, id, type, data, metadata }: StoredEvent,
): Promise<void> {
  try {
    await log.append(stream, revision === 0n ? 'no-stream' : revision - 1n, [{ id, type, data, metadata }]);
  } catch (error) {
    if (!(error instanceof WrongExpectedRevision)) throw error;
    throw new RecoveryFault(`The store has another event than the replica at ${stream} ${revision}.`, {
      cause: error,
    });
  }
}

async function nextId(events: AsyncIterator<StoredEvent>): Promise<string | undefined> {
  const next = await events.next();
  return next.done === true ? undefined : next.value.id;
}
