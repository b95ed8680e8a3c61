import {
  START,
  eventTypeFilter,
  excludeSystemEvents,
  streamNameFilter,
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  type EventStoreDBClient,
  type Filter,
} from '@eventstore/db-client';
import { isSystem } from '../append-check.js';
import type { LogFilter, LogMessage } from '../event-log.js';
import { passes } from '../log-filter.js';
import { unavailable } from './client-errors.js';
import type { OpenStreams } from './drain.js';
import { fromClient } from './from-client.js';

/** In pages of 32 events considered: one server checkpoint for at most 1,024 events. */
const CHECKPOINT_INTERVAL = 32;

export interface Following {
  readonly after?: bigint;
  readonly filter?: LogFilter;
  readonly signal: AbortSignal;
}

/** @see EventLog.subscribeAll */
export async function* followAll(
  client: EventStoreDBClient,
  streams: OpenStreams,
  { after, filter, signal }: Following,
): AsyncGenerator<LogMessage, void, undefined> {
  const ended = (): boolean => signal.aborted;
  if (ended()) return;
  const subscription = client.subscribeToAll({
    fromPosition: after === undefined ? START : { commit: after, prepare: after },
    filter: serverFilter(filter),
  });
  subscription.on('caughtUp', () => {
    queue(subscription, { kind: 'caught-up' });
  });
  const abort = (): void => void subscription.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const stop = (): Promise<void> => subscription.unsubscribe();
    for await (const message of streams.drain<AllStreamResolvedEvent | LogMessage>(subscription, stop)) {
      if ('kind' in message) {
        yield message;
        continue;
      }
      const event = fromClient(message);
      if (event !== undefined && !isSystem(event) && passes(filter, event)) yield { kind: 'event', event };
    }
  } catch (error) {
    if (ended()) return;
    throw unavailable('the subscription broke off', error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  if (!ended()) throw unavailable('the store ended the subscription');
}

/** A filter also where nothing is left out but the store's own events: only then it sends checkpoints. */
function serverFilter(filter: LogFilter | undefined): Filter {
  const options = {
    checkpointInterval: CHECKPOINT_INTERVAL,
    checkpointReached: (subscription: AllStreamSubscription, position: { readonly commit: bigint }): void => {
      queue(subscription, { kind: 'checkpoint', position: position.commit });
    },
  };
  if (filter === undefined) return excludeSystemEvents(options);
  const prefixes = [...filter.prefixes];
  return filter.on === 'stream'
    ? streamNameFilter({ prefixes, ...options })
    : eventTypeFilter({ prefixes, ...options });
}

/** Puts a message behind the events the client has taken in already, so that it never runs ahead of one. */
function queue(subscription: AllStreamSubscription, message: LogMessage): void {
  subscription.push(message);
}
