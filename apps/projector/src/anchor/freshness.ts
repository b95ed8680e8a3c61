import { decodeEntry, type EventLog } from '@candor/event-store';
import { type Place, ViewBehind } from '@candor/read-models';

/** Seconds by which what an epoch does not cover may be older than the interval. */
const MARGIN = 10;

/**
 * How old the oldest thing may be that an epoch does not cover, in milliseconds. Receipts promise an anchor within two
 * intervals and more (ADR 22): half of that is for what a view has not seen when heads are taken, half for taking them.
 */
export const freshFor = (seconds: number): number => (seconds + MARGIN) * 1_000;

/**
 * That a view has seen all that was recorded by a time. An epoch made of a view that lags would say of entries that they
 * were not there, which their receipts contradict.
 * @param place of the last event the view has seen; null for none
 * @param since milliseconds since 1970
 * @throws ViewBehind
 */
export async function requireSeen(log: EventLog, place: Place | null, since: number): Promise<void> {
  const from = place === null ? {} : { from: place.position };
  for await (const stored of log.readAll({ ...from, limit: 2 })) {
    if (stored.position === place?.position) continue;
    if (Date.parse(decodeEntry(stored).json.recordedAt) < since)
      throw new ViewBehind('the view has not seen what the next epoch must cover');
    return;
  }
}
