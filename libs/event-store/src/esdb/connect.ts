import type { EventLog } from '../event-log.js';
import { EventStoreLog, type EventStoreTimes } from './event-store-log.js';
import { steadyClient } from './steady-client.js';

/** The process's one connection. Two clients would fail each other's appends: the stock client keeps them in one place. */
let connected: { readonly url: string; readonly log: EventLog } | undefined;

/** An event store that is only read, beside the one the process is connected to. */
export type Replica = Pick<EventLog, 'readAll' | 'readStream' | 'close'>;

/** Opens a replica by its url, as `connectEventStore` does, and cannot append to it. */
export function openReplica(url: string): Replica {
  const log = new EventStoreLog(
    () => steadyClient(url),
    () => undefined,
  );
  return {
    readAll: (options) => log.readAll(options),
    readStream: (stream, options) => log.readStream(stream, options),
    close: () => log.close(),
  };
}

/**
 * The log in an EventStoreDB or the embedded node, through the stock client; the same one for the same url until it is
 * closed. Nothing is sent before the first call.
 * @param url `esdb://host:port?tls=false`, or any connection string of the stock client
 * @param times how long an append and a silence may last; the defaults are for production
 * @throws Error the process is connected elsewhere, or the client does not understand the url
 */
export function connectEventStore(url: string, times?: Partial<EventStoreTimes>): EventLog {
  if (connected !== undefined) {
    if (connected.url === url) return connected.log;
    throw new Error('this process is connected to another event store; close that log first');
  }
  if (/[?&]throwonappendfailure=false/i.test(url.replaceAll(/[-_]/g, ''))) {
    throw new Error('throwOnAppendFailure must stay true: otherwise conflicts are misreported');
  }
  const forget = (): void => {
    connected = undefined;
  };
  const log = new EventStoreLog(() => steadyClient(url), forget, times);
  connected = { url, log };
  return log;
}
