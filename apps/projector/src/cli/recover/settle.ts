import { fromB64, equalBytes } from '@candor/crypto';
import { hasEvent, streamOf } from '@candor/checkpoints';
import type { CheckpointRecorded } from '@candor/domain';
import { decodeEntry, type EventLog, recordedOf } from '@candor/event-store';
import {
  type HeldHead,
  loadCheckpoints,
  type LogOrigin,
  type Pool,
  reactorPlaces,
  type ReplacedHead,
  replaceSignedHeads,
  rewindReactor,
  signedHeads,
  type ViewDefinition,
  views,
} from '@candor/read-models';

/** Signed heads of which the store lacks entries. */
export type Lost = readonly (LogOrigin & { readonly size: number })[];

/** Rows replaced in one statement. */
const TOGETHER = 500;

/**
 * Keeps the new place of each signed head: the same head, in the event that was recorded again.
 * @returns signed heads that are not recorded
 */
export async function settleHeads(log: EventLog, pool: Pool): Promise<Lost> {
  const lost: Lost[number][] = [];
  const found: ReplacedHead[] = [];
  for (const head of await signedHeads(pool)) {
    const place = await recordedAs(log, head);
    const { tenant, succession, size } = head;
    if (place === undefined) lost.push({ log: tenant, succession, size });
    else found.push(place);
  }
  for (let at = 0; at < found.length; at += TOGETHER)
    await replaceSignedHeads(pool, found.slice(at, at + TOGETHER));
  return lost;
}

async function recordedAs(
  store: EventLog,
  { tenant: log, succession, size, root = new Uint8Array() }: HeldHead,
): Promise<ReplacedHead | undefined> {
  for await (const stored of store.readStream(streamOf({ log, succession }))) {
    const { body } = recordedOf(decodeEntry(stored))?.event as CheckpointRecorded;
    if (body.size !== size || !equalBytes(fromB64(body.root), root)) continue;
    const { revision, id: eventId, position } = stored;
    return { log, succession, size, revision, eventId, position };
  }
  return undefined;
}

/** Sends reactors back whose place is not in the store any more. */
export async function settleReactors(log: EventLog, pool: Pool): Promise<void> {
  for (const { reactor, ...place } of await reactorPlaces(pool))
    if (!(await hasEvent(log, place))) await rewindReactor(pool, reactor);
}

/** Views that stand at an event which the store has elsewhere now: to be built again. The tree comes last, which opens writes. */
export async function viewsToRebuild(
  log: EventLog,
  pool: Pool,
  end: bigint,
): Promise<readonly ViewDefinition[]> {
  const checkpoints = await loadCheckpoints(pool);
  const found: ViewDefinition[] = [];
  for (const view of views) {
    const place = checkpoints.get(view.name)?.place ?? null;
    // Beyond it the same event may stand at the same place by chance, after others than before.
    if (place !== null && (place.position > end || !(await hasEvent(log, place)))) found.push(view);
  }
  const last = ({ name }: ViewDefinition): number => (name === 'verifiable_log_v1' ? 1 : 0);
  return found.sort((a, b) => last(a) - last(b));
}
