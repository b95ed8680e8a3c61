import type { Place } from '../checkpoint/checkpoints.js';
import type { Sql } from '../sql.js';
import type { LogOrigin } from '../succession.js';
import { type Epoch, latestEpoch } from './query.js';

const SCHEMA = 'anchor_v1';

/** A log's head as it was recorded (formats v1 §4.2). */
export interface Head {
  readonly log: string;
  /** Which of the log's origins. */
  readonly succession: number;
  readonly slot: number;
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Where it was recorded. */
  readonly place: Place;
}

/** What the next epoch is made of. */
export interface EpochGround {
  /** The last checkpoint recorded by now; null: there is none. */
  readonly after: string | null;
  readonly heads: readonly Head[];
  /** How many slots are assigned, and the highest of them; −1: none is. */
  readonly used: number;
  readonly highest: number;
  readonly latest: Epoch | undefined;
}

/** In the platform's scope, or as the projector. */
export async function epochGround(sql: Sql): Promise<EpochGround> {
  const last = await sql.query<{ event_id: string; position: string }>(
    `SELECT event_id, position FROM ${SCHEMA}.checkpoint ORDER BY position DESC LIMIT 1`,
  );
  const [checkpoint] = last.rows;
  const [heads, latest, used] = await Promise.all([
    checkpoint === undefined ? [] : headsUpTo(sql, checkpoint.position),
    latestEpoch(sql),
    sql.query<{ used: string; highest: string }>(
      `SELECT count(*) AS used, coalesce(max(slot), -1) AS highest FROM ${SCHEMA}.slot`,
    ),
  ]);
  return {
    after: checkpoint?.event_id ?? null,
    heads,
    used: Number(used.rows[0]?.used ?? 0),
    highest: Number(used.rows[0]?.highest ?? -1),
    latest,
  };
}

/** Each log's head in an epoch, by slot. In the platform's scope, or as the projector. */
export async function epochHeads(sql: Sql, epoch: number): Promise<readonly Head[]> {
  const { rows } = await sql.query<{ counted: string | null }>(
    `SELECT counted FROM ${SCHEMA}.epoch WHERE epoch = $1`,
    [epoch],
  );
  const counted = rows[0]?.counted ?? null;
  return counted === null ? [] : headsUpTo(sql, counted);
}

const HEAD = 's.log_id, s.slot, c.origin, c.succession, c.size, c.root, c.event_id, c.position';

/** A log's head in an epoch is the newest of its newest origin that has one by then (formats v1 §4.5). */
const newestUpTo = (log: string, counted: string): string =>
  `SELECT o.origin, o.succession, h.size, h.root, h.event_id, h.position FROM ${SCHEMA}.origin o
   CROSS JOIN LATERAL (SELECT size, root, event_id, position FROM ${SCHEMA}.checkpoint
     WHERE log_id = o.log_id AND succession = o.succession AND position <= ${counted}
     ORDER BY position DESC LIMIT 1) h
   WHERE o.log_id = ${log} ORDER BY o.succession DESC LIMIT 1`;

async function headsUpTo(sql: Sql, position: string): Promise<readonly Head[]> {
  const { rows } = await sql.query<HeadRow>(
    `SELECT ${HEAD} FROM ${SCHEMA}.slot s
     CROSS JOIN LATERAL (${newestUpTo('s.log_id', '$1')}) c
     ORDER BY s.slot`,
    [position],
  );
  return rows.map(headOf);
}

/**
 * The first epoch that covers an entry of one of a log's origins, and the log's head in it; undefined as long as there is
 * none, and for ever where a successor came before. In the log's scope.
 */
export async function coveringEpoch(
  sql: Sql,
  { log, succession }: LogOrigin,
  index: number,
): Promise<{ readonly epoch: number; readonly head: Head } | undefined> {
  const { rows } = await sql.query<HeadRow & { epoch: string }>(
    `SELECT e.epoch, ${HEAD}
     FROM (SELECT position FROM ${SCHEMA}.checkpoint
       WHERE log_id = $1 AND succession = $2 AND size > $3 ORDER BY size LIMIT 1) f
     CROSS JOIN LATERAL (SELECT epoch, counted FROM ${SCHEMA}.epoch
       WHERE counted >= f.position ORDER BY counted, epoch LIMIT 1) e
     CROSS JOIN LATERAL (${newestUpTo('$1', 'e.counted')}) c
     JOIN ${SCHEMA}.slot s ON s.log_id = $1
     WHERE c.succession = $2`,
    [log, succession, index],
  );
  return rows.map((row) => ({ epoch: Number(row.epoch), head: headOf(row) }))[0];
}

/**
 * The head of one of a log's origins in each of some epochs, both ends included, in order; none before its first, and none
 * from its successor's first on. At most `limit`. In the log's scope.
 */
export async function headsOf(
  sql: Sql,
  { log, succession }: LogOrigin,
  { from, to, limit }: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<readonly { readonly epoch: number; readonly head: Head }[]> {
  const { rows } = await sql.query<HeadRow & { epoch: string }>(
    `SELECT e.epoch, ${HEAD}
     FROM (SELECT epoch, counted FROM ${SCHEMA}.epoch WHERE epoch BETWEEN $3 AND $4) e
     CROSS JOIN LATERAL (${newestUpTo('$1', 'e.counted')}) c
     JOIN ${SCHEMA}.slot s ON s.log_id = $1
     WHERE c.succession = $2
     ORDER BY e.epoch LIMIT $5`,
    [log, succession, from, to, limit],
  );
  return rows.map((row) => ({ epoch: Number(row.epoch), head: headOf(row) }));
}

/**
 * The heads of the logs whose slots lie between two, both included, in each of some epochs, both ends included, in order. In the
 * platform's scope.
 */
export async function headsInSlots(
  sql: Sql,
  [from, to]: readonly [number, number],
  [first, last]: readonly [number, number],
): Promise<readonly { readonly epoch: number; readonly head: Head }[]> {
  const { rows } = await sql.query<HeadRow & { epoch: string }>(
    `SELECT e.epoch, ${HEAD} FROM ${SCHEMA}.epoch e
     JOIN ${SCHEMA}.slot s ON s.slot BETWEEN $3 AND $4
     CROSS JOIN LATERAL (${newestUpTo('s.log_id', 'e.counted')}) c
     WHERE e.epoch BETWEEN $1 AND $2 ORDER BY e.epoch, s.slot`,
    [from, to, first, last],
  );
  return rows.map((row) => ({ epoch: Number(row.epoch), head: headOf(row) }));
}

/** The checkpoint recorded of one of a log's origins at a size. In the log's scope. */
export async function headOfSize(
  sql: Sql,
  { log, succession }: LogOrigin,
  size: number,
): Promise<Head | undefined> {
  const { rows } = await sql.query<HeadRow>(
    `SELECT s.log_id, s.slot, o.origin, c.succession, c.size, c.root, c.event_id, c.position
     FROM ${SCHEMA}.checkpoint c
     JOIN ${SCHEMA}.slot s USING (log_id)
     JOIN ${SCHEMA}.origin o ON o.log_id = c.log_id AND o.succession = c.succession
     WHERE c.log_id = $1 AND c.succession = $2 AND c.size = $3`,
    [log, succession, size],
  );
  return rows.map(headOf)[0];
}

/** A log's slot, and the name of one of its origins. In the log's scope. */
export async function originOf(
  sql: Sql,
  { log, succession }: LogOrigin,
): Promise<{ readonly slot: number; readonly origin: string } | undefined> {
  const { rows } = await sql.query<{ slot: string; origin: string }>(
    `SELECT s.slot, o.origin FROM ${SCHEMA}.origin o JOIN ${SCHEMA}.slot s USING (log_id)
     WHERE o.log_id = $1 AND o.succession = $2 ORDER BY o.position LIMIT 1`,
    [log, succession],
  );
  return rows.map(({ slot, origin }) => ({ slot: Number(slot), origin }))[0];
}

interface HeadRow {
  readonly log_id: string;
  readonly slot: string;
  readonly origin: string;
  readonly succession: number;
  readonly size: string;
  readonly root: Uint8Array;
  readonly event_id: string;
  readonly position: string;
}

const headOf = ({ log_id, slot, origin, succession, size, root, event_id, position }: HeadRow): Head => ({
  log: log_id,
  succession,
  slot: Number(slot),
  origin,
  size: Number(size),
  root,
  place: { position: BigInt(position), eventId: event_id },
});
