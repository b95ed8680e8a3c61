import { plain, text } from '../columns.js';
import { Fenced, type Place } from '../checkpoint/checkpoints.js';
import type { Sql } from '../sql.js';

/** One partition for now; the key has it from the start. */
const PARTITION = 0;

export interface ReactorCheckpoint {
  readonly place: Place | null;
  readonly storeId: string;
}

/** What a reactor has done about one event: kept for ever, so that nothing is ever done again. */
export interface Reaction {
  /** The event that caused it. */
  readonly event: string;
  readonly command: string;
  /** `done`, or the code the command was rejected with. */
  readonly result: string;
}

/** Where a reactor is; made at the beginning of this store when it has no place yet. */
export async function reactorCheckpoint(
  sql: Sql,
  reactor: string,
  storeId: string,
): Promise<ReactorCheckpoint> {
  await sql.query(
    `INSERT INTO reaction.checkpoint (reactor, partition, store_id) VALUES ($1, $2, $3)
     ON CONFLICT (reactor, partition) DO NOTHING`,
    [reactor, PARTITION, storeId],
  );
  const { rows } = await sql.query<{ position: string | null; event_id: string | null; store_id: string }>(
    'SELECT position, event_id, store_id FROM reaction.checkpoint WHERE reactor = $1 AND partition = $2',
    [reactor, PARTITION],
  );
  const [row] = rows;
  if (row === undefined) throw new Fenced(`the checkpoint of ${reactor} is gone`);
  const { position, event_id: eventId, store_id } = row;
  return {
    place: position === null || eventId === null ? null : { position: BigInt(position), eventId },
    storeId: store_id,
  };
}

/** Which of these events the reactor has dealt with. */
export async function settledReactions(
  sql: Sql,
  reactor: string,
  events: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql.query<{ event_id: string }>(
    'SELECT event_id FROM reaction.outbox WHERE reactor = $1 AND event_id = ANY($2::uuid[])',
    [reactor, plain(events)],
  );
  return new Set(rows.map(({ event_id }) => event_id));
}

/** Keeps what was done, once per event. */
export async function recordReactions(sql: Sql, reactor: string, done: readonly Reaction[]): Promise<void> {
  if (done.length === 0) return;
  await sql.query(
    `INSERT INTO reaction.outbox (reactor, event_id, command, result)
     SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[]) ON CONFLICT (reactor, event_id) DO NOTHING`,
    [
      reactor,
      plain(done.map(({ event }) => event)),
      plain(done.map(({ command }) => command)),
      text(done.map(({ result }) => result)),
    ],
  );
}

/** @throws Fenced when the reactor is not where it should be: another process moved it */
export async function advanceReactor(
  sql: Sql,
  reactor: string,
  from: bigint | null,
  to: Place,
): Promise<void> {
  const { rowCount } = await sql.query(
    `UPDATE reaction.checkpoint SET position = $4, event_id = $5, updated_at = clock_timestamp()
     WHERE reactor = $1 AND partition = $2 AND position IS NOT DISTINCT FROM $3::bigint`,
    [reactor, PARTITION, from, to.position, to.eventId],
  );
  if (rowCount !== 1) throw new Fenced(`the checkpoint of ${reactor} is not at ${String(from)}`);
}
