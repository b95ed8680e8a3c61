import { type Epoch, formatEpoch } from '@candor/crypto/tlog';
import { fromB64 } from '@candor/crypto';
import type { EpochRecorded } from '@candor/domain';
import { decodeEntry, type EventLog, recordedOf } from '@candor/event-store';
import { LogBehind } from '../log-behind.js';

/** The stream that is the anchor log: an epoch's number is its revision (formats v1 §5.5). */
export const ANCHOR_STREAM = 'anchor-main';

/** An epoch as it stands in the store. */
export interface StoredEpoch extends Epoch {
  /** Of its event in `$all`. */
  readonly position: bigint;
}

/**
 * The last epoch in the store, which a view may not have yet; undefined when there is none.
 * @param known one that was seen before, to read on from
 * @throws LogBehind when the store does not have that one; LogUnavailable
 */
export async function lastEpoch(log: EventLog, known: Epoch | undefined): Promise<StoredEpoch | undefined> {
  let last: StoredEpoch | undefined;
  for await (const stored of log.readStream(ANCHOR_STREAM, { from: BigInt(known?.epoch ?? 0) })) {
    const { body } = recordedOf(decodeEntry(stored))?.event as EpochRecorded;
    const epoch = { ...body, root: fromB64(body.root), position: stored.position };
    if (last === undefined && known !== undefined && formatEpoch(known) !== formatEpoch(epoch)) break;
    last = epoch;
  }
  if (known !== undefined && last === undefined)
    throw new LogBehind('the event store does not have the last epoch that was seen');
  return last;
}
