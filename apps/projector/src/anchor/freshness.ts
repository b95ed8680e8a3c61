import { LogBehind } from '@candor/checkpoints';
import { decodeEntry, type EventLog } from '@candor/event-store';
import { type Place, ViewBehind } from '@candor/read-models';

/**
 * How far a view may lag when heads are taken for an epoch, and how long taking them may take, in milliseconds. Together
 * with the time of an append they stay within two limits: what receipts promise, two intervals and a minute (ADR 26); and
 * an interval and five minutes, so that every log has a head in the second epoch after its entry 0 (`head.missing`).
 */
export const freshFor = (seconds: number): number => Math.min(seconds + 10, seconds / 2 + 100) * 1_000;

/**
 * That a view has seen all that was recorded by a time. An epoch made of a view that lags would say of entries that they
 * were not there, which their receipts contradict.
 * @param place of the last event the view has seen; null for none
 * @param since milliseconds since 1970
 * @throws ViewBehind; LogBehind when the store does not have the last event that the view has seen
 */
export async function requireSeen(log: EventLog, place: Place | null, since: number): Promise<void> {
  const from = place === null ? {} : { from: place.position };
  let unseen = place?.eventId;
  for await (const stored of log.readAll({ ...from, limit: 2 })) {
    if (unseen !== undefined) {
      if (stored.id !== unseen || stored.position !== place?.position) break;
      unseen = undefined;
    } else if (Date.parse(decodeEntry(stored).json.recordedAt) < since)
      throw new ViewBehind('the view has not seen what the next epoch must cover');
    else return;
  }
  if (unseen !== undefined)
    throw new LogBehind('the event store does not have the last event that the view has seen');
}
