import type { HashesAt } from '@candor/crypto/tlog';
import type { Sql } from '../sql.js';
import type { LogOrigin } from '../succession.js';
import { readNodes } from './nodes.js';

const SCHEMA = 'anchor_v1';

/** An epoch of the anchor log (formats v1 §5.5). */
export interface Epoch {
  readonly epoch: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly slots: number;
  readonly root: Uint8Array;
}

export async function latestEpoch(sql: Sql): Promise<Epoch | undefined> {
  const { rows } = await sql.query<EpochRow>(
    `SELECT epoch, time, slots, root FROM ${SCHEMA}.epoch ORDER BY epoch DESC LIMIT 1`,
  );
  return rows.map(epochOf)[0];
}

/** Epochs from one number up to another, both included, in order. At most `limit`. */
export async function epochs(sql: Sql, from: number, to: number, limit: number): Promise<readonly Epoch[]> {
  const { rows } = await sql.query<EpochRow>(
    `SELECT epoch, time, slots, root FROM ${SCHEMA}.epoch WHERE epoch BETWEEN $1 AND $2 ORDER BY epoch LIMIT $3`,
    [from, to, limit],
  );
  return rows.map(epochOf);
}

/** The newest checkpoint of the anchor log that has its quorum. */
export async function publishedNote(
  sql: Sql,
): Promise<{ readonly epoch: number; readonly note: string } | undefined> {
  const { rows } = await sql.query<{ epoch: string; note: Uint8Array }>(
    `SELECT epoch, note FROM ${SCHEMA}.note ORDER BY epoch DESC LIMIT 1`,
  );
  return rows.map(({ epoch, note }) => ({ epoch: Number(epoch), note: Buffer.from(note).toString() }))[0];
}

/** The checkpoint of size `epoch` + 1 that had its quorum first; undefined where there is none. */
export async function noteOfEpoch(sql: Sql, epoch: number): Promise<string | undefined> {
  const { rows } = await sql.query<{ note: Uint8Array }>(`SELECT note FROM ${SCHEMA}.note WHERE epoch = $1`, [
    epoch,
  ]);
  return rows.map(({ note }) => Buffer.from(note).toString())[0];
}

/**
 * The newest checkpoint of the anchor log with its quorum whose last epoch still counts one of a log's origins, by a head of at
 * most a size: before the first that counts a larger one, or a successor's. In the log's scope.
 */
export async function noteBefore(
  sql: Sql,
  { log, succession }: LogOrigin,
  size: number,
): Promise<{ readonly epoch: number; readonly note: string } | undefined> {
  const { rows } = await sql.query<{ epoch: string; note: Uint8Array }>(
    `SELECT n.epoch, n.note FROM ${SCHEMA}.note n JOIN ${SCHEMA}.epoch e USING (epoch)
     WHERE e.counted IS NULL OR e.counted < coalesce((SELECT min(position) FROM ${SCHEMA}.checkpoint
       WHERE log_id = $1 AND (succession > $2 OR (succession = $2 AND size > $3))), 9223372036854775807)
     ORDER BY n.epoch DESC LIMIT 1`,
    [log, succession, size],
  );
  return rows.map(({ epoch, note }) => ({ epoch: Number(epoch), note: Buffer.from(note).toString() }))[0];
}

interface EpochRow {
  readonly epoch: string;
  readonly time: string;
  readonly slots: string;
  readonly root: Uint8Array;
}

const epochOf = ({ epoch, time, slots, root }: EpochRow): Epoch => ({
  epoch: Number(epoch),
  time: Number(time),
  slots: Number(slots),
  root,
});

/** Reads hashes of the anchor log's tree, a proof's in one statement. */
export const anchorHashes =
  (sql: Sql): HashesAt =>
  (nodes) =>
    readNodes(SCHEMA, nodes, sql);
