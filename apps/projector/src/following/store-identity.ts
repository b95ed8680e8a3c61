import { hasEvent, LogBehind } from '@candor/checkpoints';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeEntry, type EventLog, recordedOf } from '@candor/event-store';
import type { StoreCreated } from '@candor/domain';
import type { Place } from '@candor/read-models';

/** The log that is followed is not the one that was followed before. Nobody but a person can settle that. */
export class WrongStore extends Error {
  override readonly name = 'WrongStore';
}

const STORE_STREAM = 'store-main';
const RETRY_MS = 250;

/** The id of the store, from the first event Candor appends to one; waits for it in a store that is new. */
export async function storeId(log: EventLog, signal: AbortSignal): Promise<string> {
  for (;;) {
    for await (const stored of log.readStream(STORE_STREAM, { limit: 1 })) {
      const event = recordedOf(decodeEntry(stored))?.event as StoreCreated | undefined;
      if (event?.type !== 'platform.store-created')
        throw new WrongStore(`The event store's ${STORE_STREAM} does not begin with platform.store-created.`);
      return event.body.store;
    }
    await sleep(RETRY_MS, undefined, { signal });
  }
}

/**
 * A checkpoint belongs to the log when the store is the same and still has that very event at that place.
 * @throws WrongStore a store that was replaced; LogBehind one that was restored to an earlier time: what it lacks can be
 *   appended again (formats v1 §4.5), which is waited for
 */
export async function checkPlace(
  log: EventLog,
  store: string,
  checkpoint: { readonly name: string; readonly storeId: string; readonly place: Place | null },
): Promise<void> {
  const { name, place } = checkpoint;
  if (checkpoint.storeId !== store)
    throw new WrongStore(
      `${name} was built from event store ${checkpoint.storeId}, but this is ${store}: connect the right one, or rebuild the views.`,
    );
  if (place === null || (await hasEvent(log, place))) return;
  throw new LogBehind(
    `${name} has followed the event store up to event ${place.eventId}, which is not there any more: the store was restored; nothing is followed until that is recovered`,
  );
}
