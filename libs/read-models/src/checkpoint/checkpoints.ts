import type { Sql } from '../sql.js';

/** `building`: beside the living tables, nobody reads it yet. `failed`: stopped before an event it cannot take. */
export type ViewState = 'live' | 'building' | 'failed';

/** Place in `$all`, with what makes it certain that it is this store's. */
export interface Place {
  readonly position: bigint;
  readonly eventId: string;
}

export interface Checkpoint {
  readonly view: string;
  /** The last event applied; null before the first. */
  readonly place: Place | null;
  readonly storeId: string;
  readonly state: ViewState;
  /** Class of the failure and id of the event it stopped before; nothing personal. */
  readonly error: string | null;
  readonly failedAt: Date | null;
  /** When the last event applied was recorded, by the clock of who appended it. */
  readonly recordedAt: Date | null;
  /** Events passed since the beginning. */
  readonly events: number;
  readonly updatedAt: Date;
}

/** Somebody else has moved the checkpoint: another runner, or a rebuild that switched. Nothing was written. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** There is one partition for now; the key has it from the start. */
const PARTITION = 0;

interface Row {
  readonly view: string;
  readonly position: string | null;
  readonly event_id: string | null;
  readonly store_id: string;
  readonly state: ViewState;
  readonly error: string | null;
  readonly failed_at: Date | null;
  readonly recorded_at: Date | null;
  readonly events: string;
  readonly updated_at: Date;
}

/** All checkpoints, by view. */
export async function loadCheckpoints(sql: Sql): Promise<ReadonlyMap<string, Checkpoint>> {
  const { rows } = await sql.query<Row>(
    'SELECT * FROM projection.checkpoint WHERE partition = $1 ORDER BY view',
    [PARTITION],
  );
  return new Map(rows.map((row) => [row.view, checkpoint(row)]));
}

/** Where a view stands; null before its first event, or where it was never begun. */
export async function viewPlace(sql: Sql, view: string): Promise<Place | null> {
  const { rows } = await sql.query<{ position: string | null; event_id: string | null }>(
    'SELECT position, event_id FROM projection.checkpoint WHERE view = $1 AND partition = $2',
    [view, PARTITION],
  );
  const { position, event_id: eventId } = rows[0] ?? { position: null, event_id: null };
  return position === null || eventId === null ? null : { position: BigInt(position), eventId };
}

function checkpoint(row: Row): Checkpoint {
  return {
    view: row.view,
    place:
      row.position === null || row.event_id === null
        ? null
        : { position: BigInt(row.position), eventId: row.event_id },
    storeId: row.store_id,
    state: row.state,
    error: row.error,
    failedAt: row.failed_at,
    recordedAt: row.recorded_at,
    events: Number(row.events),
    updatedAt: row.updated_at,
  };
}

/** Makes the checkpoint of a view that has none: at the beginning of this store. */
export async function beginCheckpoint(
  sql: Sql,
  view: string,
  storeId: string,
  state: 'live' | 'building' = 'live',
): Promise<void> {
  await sql.query(
    `INSERT INTO projection.checkpoint (view, partition, store_id, state) VALUES ($1, $2, $3, $4)
     ON CONFLICT (view, partition) DO NOTHING`,
    [view, PARTITION, storeId, state],
  );
}

/**
 * Moves views that stand at one place to another, in the transaction that writes their rows. Comes before the rows are
 * written: it locks the checkpoints, so that whoever else wants them waits or is refused.
 * @throws Fenced when one of them is not where it should be
 */
export async function advanceCheckpoints(
  sql: Sql,
  views: readonly string[],
  from: bigint | null,
  to: Place & { readonly recordedAt: string; readonly events: number },
): Promise<void> {
  const { rowCount } = await sql.query(
    `UPDATE projection.checkpoint
     SET position = $4, event_id = $5, recorded_at = $6, events = events + $7, updated_at = clock_timestamp(),
       state = CASE state WHEN 'failed' THEN 'live' ELSE state END, error = NULL, failed_at = NULL
     WHERE view = ANY($1::text[]) AND partition = $2 AND position IS NOT DISTINCT FROM $3::bigint`,
    [views, PARTITION, from, to.position, to.eventId, to.recordedAt, to.events],
  );
  if (rowCount !== views.length)
    throw new Fenced(`a checkpoint of ${views.join(', ')} is not at ${String(from)}`);
}

/**
 * Marks a view as stopped at the place where it stands. `error` MUST NOT hold anything personal.
 * @throws Fenced when it is not there
 */
export async function failCheckpoint(
  sql: Sql,
  view: string,
  at: bigint | null,
  error: string,
): Promise<void> {
  const { rowCount } = await sql.query(
    `UPDATE projection.checkpoint SET state = 'failed', error = $4, failed_at = clock_timestamp(),
       updated_at = clock_timestamp()
     WHERE view = $1 AND partition = $2 AND position IS NOT DISTINCT FROM $3::bigint`,
    [view, PARTITION, at, error],
  );
  if (rowCount !== 1) throw new Fenced(`the checkpoint of ${view} is not at ${String(at)}`);
}
