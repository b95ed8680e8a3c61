import {
  advanceCheckpoints,
  announce,
  type BatchEvent,
  failCheckpoint,
  inTransaction,
  isTransient,
  type Pool,
  preparing,
  type Projection,
  type Sql,
} from '@candor/read-models';
import { failureOf } from './failure.js';

/** A lost tail is followed again: the checkpoint is lost with the rows. */
const BEGIN = 'BEGIN; SET LOCAL synchronous_commit TO off';

/**
 * Applies one batch to views that stand at one place, in one transaction: each view's rows and checkpoint, or, for a
 * view that cannot take the batch, the mark that it has stopped where it was.
 * @returns the views that stopped, with their reasons
 * @throws Fenced, and faults that pass: then nothing was written
 */
export async function applyBatch(
  pool: Pool,
  views: readonly Projection[],
  from: bigint | null,
  batch: readonly BatchEvent[],
): Promise<ReadonlyMap<Projection, unknown>> {
  const last = batch.at(-1);
  if (last === undefined) throw new RangeError('a batch is never empty');
  const { position, stored, entry } = last;
  const to = { position, eventId: stored.id, recordedAt: entry.json.recordedAt, events: batch.length };
  const failed = new Map<Projection, unknown>();
  await inTransaction(pool, BEGIN, async (client) => {
    const sql = preparing(client);
    const touched = views.filter((view) => batch.some(view.concerns));
    const untouched = views.filter((view) => !touched.includes(view)).map(({ name }) => name);
    if (untouched.length > 0) await advanceCheckpoints(sql, untouched, from, to);
    for (const view of touched) {
      const failure = await applyTo(view, sql, from, to, batch);
      if (failure === undefined) continue;
      await failCheckpoint(sql, view.name, from, failureOf(failure.reason, batch));
      failed.set(view, failure.reason);
    }
    await announce(
      sql,
      views.map((view) =>
        failed.has(view)
          ? { view: view.name, position: from, state: 'failed' }
          : { view: view.name, position, state: 'live' },
      ),
    );
  });
  return failed;
}

/** A view that throws before it has sent anything is a view that fails, and not the end of the batch for all. */
async function applying(view: Projection, sql: Sql, batch: readonly BatchEvent[]): Promise<void> {
  await view.apply(batch.filter(view.concerns), sql);
}

type Destination = Parameters<typeof advanceCheckpoints>[3];

/** One view under its savepoint. Undefined when all went well. @throws Fenced, and faults that pass */
async function applyTo(
  view: Projection,
  sql: Sql,
  from: bigint | null,
  to: Destination,
  batch: readonly BatchEvent[],
): Promise<{ readonly reason: unknown } | undefined> {
  // Sent together: what the checkpoint says comes first, because rows of a fenced runner may clash.
  const [, moved, applied] = await Promise.allSettled([
    sql.query('SAVEPOINT view'),
    advanceCheckpoints(sql, [view.name], from, to),
    applying(view, sql, batch),
  ]);
  if (moved.status === 'rejected') throw moved.reason;
  if (applied.status === 'fulfilled') return undefined;
  if (isTransient(applied.reason)) throw applied.reason;
  await sql.query('ROLLBACK TO SAVEPOINT view');
  return { reason: applied.reason };
}
