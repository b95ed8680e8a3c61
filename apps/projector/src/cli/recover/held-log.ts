import type { EventLog } from '@candor/event-store';
import { RecoveryFault } from './source.js';

/**
 * The event store for as long as this is the one recovery: whoever holds the lock next may append the same entries, and one
 * that stands twice cannot be taken back.
 * @param lost aborts when the lock is lost
 */
export function heldLog(log: EventLog, lost: AbortSignal): EventLog {
  return {
    append: (...args) =>
      lost.aborted
        ? Promise.reject(
            new RecoveryFault('The lock in the database was lost: begin again.', { cause: lost.reason }),
          )
        : log.append(...args),
    readStream: (...args) => log.readStream(...args),
    readAll: (...args) => log.readAll(...args),
    subscribeAll: (...args) => log.subscribeAll(...args),
    close: () => log.close(),
  };
}
