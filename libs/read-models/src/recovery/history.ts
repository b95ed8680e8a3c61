import type { Uuid } from '@candor/domain';
import type { Epoch } from '../anchor/query.js';
import { plain } from '../columns.js';
import type { Sql } from '../sql.js';
import type { LogOrigin } from '../succession.js';

/** What the views remember of what was recorded: as candor_projector, which sees all of it. */
type Reader = Pick<Sql, 'query'>;

/** A recorded head, with the first epoch that counted it; null: none did. */
export interface RememberedHead extends LogOrigin {
  readonly epoch: number | null;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Heads that no epoch below `epoch` had counted, in the order of the store. */
export async function rememberedHeads(sql: Reader, epoch: number): Promise<readonly RememberedHead[]> {
  const { rows } = await sql.query<{
    readonly log: Uuid;
    readonly succession: number;
    readonly epoch: string | null;
    readonly size: string;
    readonly root: Buffer;
  }>(
    `SELECT c.log_id AS log, c.succession, c.size, c.root,
       (SELECT e.epoch FROM anchor_v1.epoch e WHERE e.counted >= c.position ORDER BY e.counted, e.epoch LIMIT 1) AS epoch
     FROM anchor_v1.checkpoint c
     WHERE c.position > coalesce((SELECT max(counted) FROM anchor_v1.epoch WHERE epoch < $1), -1)
     ORDER BY c.position`,
    [epoch],
  );
  return rows.map((row) => ({
    log: row.log,
    succession: row.succession,
    epoch: row.epoch === null ? null : Number(row.epoch),
    size: Number(row.size),
    root: row.root,
  }));
}

/** Epochs from one number on, in order. */
export async function rememberedEpochs(sql: Reader, from: number): Promise<readonly Epoch[]> {
  const { rows } = await sql.query<{ epoch: string; time: string; slots: string; root: Buffer }>(
    'SELECT epoch, time, slots, root FROM anchor_v1.epoch WHERE epoch >= $1 ORDER BY epoch',
    [from],
  );
  return rows.map(({ epoch, time, slots, root }) => ({
    epoch: Number(epoch),
    time: Number(time),
    slots: Number(slots),
    root,
  }));
}

/** The first checkpoint of each epoch that had its quorum. */
export async function rememberedNotes(sql: Reader): Promise<ReadonlyMap<number, string>> {
  const { rows } = await sql.query<{ epoch: string; note: Buffer }>('SELECT epoch, note FROM anchor_v1.note');
  return new Map(rows.map(({ epoch, note }) => [Number(epoch), note.toString()]));
}

export async function rememberedSlots(sql: Reader): Promise<ReadonlyMap<Uuid, number>> {
  const { rows } = await sql.query<{ slot: string; log_id: Uuid }>('SELECT slot, log_id FROM anchor_v1.slot');
  return new Map(rows.map(({ slot, log_id }) => [log_id, Number(slot)]));
}

/** One of a log's origins as the audit log's view has it. */
export interface RememberedOrigin extends LogOrigin {
  /** How many of its entries there are. */
  readonly entries: number;
  /** Whether it has a successor. */
  readonly ended: boolean;
}

/** Every origin of every log, each log's in order. */
export async function rememberedOrigins(sql: Reader): Promise<readonly RememberedOrigin[]> {
  const { rows } = await sql.query<{ log: Uuid; succession: number; entries: string; ended: boolean }>(
    `SELECT tenant_id AS log, succession, lead(start, 1, size) OVER w - start AS entries,
       lead(succession) OVER w IS NOT NULL AS ended
     FROM (
       SELECT tenant_id, 0 AS succession, 0::bigint AS start, size FROM audit_log_v1.log
       UNION ALL
       SELECT s.tenant_id, s.succession, s.start, l.size FROM audit_log_v1.succession s
       JOIN audit_log_v1.log l USING (tenant_id)) origin
     WINDOW w AS (PARTITION BY tenant_id ORDER BY succession)
     ORDER BY tenant_id, succession`,
  );
  return rows.map(({ entries, ...origin }) => ({ ...origin, entries: Number(entries) }));
}

/** Where a signed head stands now that its event was appended again. */
export interface ReplacedHead extends LogOrigin {
  readonly size: number;
  readonly revision: bigint;
  readonly eventId: Uuid;
  readonly position: bigint;
}

/** Keeps the new places of signed heads; what was signed stays what it is. */
export async function replaceSignedHeads(sql: Reader, heads: readonly ReplacedHead[]): Promise<void> {
  await sql.query(
    `UPDATE head.signed s SET revision = r.revision, event_id = r.event_id, position = r.position
     FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::uuid[], $6::bigint[])
       AS r(tenant_id, succession, size, revision, event_id, position)
     WHERE s.tenant_id = r.tenant_id AND s.succession = r.succession AND s.size = r.size`,
    [
      plain(heads.map(({ log }) => log)),
      plain(heads.map(({ succession }) => succession)),
      plain(heads.map(({ size }) => size)),
      plain(heads.map(({ revision }) => revision)),
      plain(heads.map(({ eventId }) => eventId)),
      plain(heads.map(({ position }) => position)),
    ],
  );
}

/** Where reactors stand. */
export async function reactorPlaces(
  sql: Reader,
): Promise<readonly { readonly reactor: string; readonly position: bigint; readonly eventId: Uuid }[]> {
  const { rows } = await sql.query<{ reactor: string; position: string; event_id: Uuid }>(
    'SELECT reactor, position, event_id FROM reaction.checkpoint WHERE position IS NOT NULL',
  );
  return rows.map(({ reactor, position, event_id: eventId }) => ({
    reactor,
    eventId,
    position: BigInt(position),
  }));
}

/** Sends a reactor back to the beginning. What it has done stays known by event, and is not done again. */
export async function rewindReactor(sql: Reader, reactor: string): Promise<void> {
  await sql.query('UPDATE reaction.checkpoint SET position = NULL, event_id = NULL WHERE reactor = $1', [
    reactor,
  ]);
}
