import type { CandorEvent, Timestamp, Uuid } from '@candor/domain';
import { decodeEntry, recordedOf, UnknownEventType } from '@candor/event-store';
import type { Sql } from '../sql.js';
import { type EntryColumns, type StoredEntry, storedEntry } from '../stored-entry.js';

export type ErasureCategory = 'erasure' | 'hold' | 'sink' | 'subjectrequest' | 'tenant';

/** An entry of the view; personal values are withheld in `fact` and sealed in `stored`. */
export interface ErasureFact {
  readonly tenant: Uuid;
  readonly id: Uuid;
  readonly event: Uuid;
  readonly at: Timestamp;
  /** The entry's `reason.code`. */
  readonly reason: string | null;
  readonly fact: CandorEvent;
  readonly stored: StoredEntry;
}

/** Events that a list is folded from, at most. */
export const MOST_FACTS = 10_000;

/** Columns that a fact is made from. */
export interface FactRow extends EntryColumns {
  readonly tenant_id: string;
  readonly id: string;
}

/**
 * What is told of one erasure, hold, sink or request, or of all of a log, in the order of the log: the newest MOST_FACTS, of
 * holds and sinks those first that have not ended.
 */
export async function erasureFacts(
  sql: Sql,
  tenant: Uuid,
  category: ErasureCategory,
  id: Uuid | null = null,
  most = MOST_FACTS,
): Promise<readonly ErasureFact[]> {
  const { rows } = await sql.query<FactRow>(
    `SELECT * FROM (
       SELECT tenant_id, id, event_id, type, position, entry, metadata FROM erasures_v1.event e
       WHERE tenant_id = $1 AND category = $2 AND ($3::uuid IS NULL OR id = $3)
       ORDER BY EXISTS (SELECT FROM erasures_v1.event r
         WHERE r.tenant_id = $1 AND r.category = $2 AND r.id = e.id AND r.type IN ('log.hold-released', 'log.sink-removed')),
         position DESC LIMIT $4) AS newest ORDER BY position`,
    [tenant, category, id, most],
  );
  return rows.map(factOf);
}

/** Erasures that are confirmed or ordered and have no receipt, in all logs, the longest waiting first, without some: as candor_projector only. */
export async function unfinishedErasures(
  sql: Sql,
  limit: number,
  without: readonly Uuid[] = [],
): Promise<readonly { readonly tenant: Uuid; readonly erasure: Uuid }[]> {
  const { rows } = await sql.query<{ tenant_id: string; id: string }>(
    `SELECT tenant_id, id FROM erasures_v1.open WHERE id <> ALL ($2::uuid[]) ORDER BY since LIMIT $1`,
    [limit, without],
  );
  return rows.map(({ tenant_id: tenant, id: erasure }) => ({ tenant, erasure }));
}

/** How many erasures are unfinished, and when the first event of the oldest was recorded: as candor_projector only. */
export async function erasureBacklog(
  sql: Sql,
): Promise<{ readonly count: number; readonly since: Timestamp | null }> {
  const { rows } = await sql.query<{ count: string; since: string | null }>(
    `SELECT (SELECT count(*) FROM erasures_v1.open) AS count, (
       SELECT convert_from(e.entry, 'UTF8')::jsonb ->> 'recordedAt'
       FROM (SELECT * FROM erasures_v1.open ORDER BY since LIMIT 1) o
       JOIN erasures_v1.event e ON e.tenant_id = o.tenant_id AND e.category = 'erasure' AND e.id = o.id
         AND e.position = o.since) AS since`,
  );
  return { count: Number(rows[0]?.count ?? 0), since: rows[0]?.since ?? null };
}

/** Logs whose contract has ended, with the time until which their data are returned: as candor_projector only. */
export async function offboardedLogs(sql: Sql): Promise<readonly ErasureFact[]> {
  const { rows } = await sql.query<FactRow>(
    `SELECT tenant_id, id, event_id, type, entry, metadata FROM erasures_v1.event WHERE type = 'tenant.offboarded'`,
  );
  return rows.map(factOf);
}

export function factOf(row: FactRow): ErasureFact {
  const stored = storedEntry(row);
  const recorded = recordedOf(decodeEntry(stored));
  if (recorded === undefined) throw new UnknownEventType(row.type);
  return {
    tenant: row.tenant_id,
    id: row.id,
    event: row.event_id,
    at: recorded.context.occurredAt,
    reason: recorded.context.reason?.code ?? null,
    fact: recorded.event as CandorEvent,
    stored,
  };
}

export interface Hold {
  readonly hold: Uuid;
  readonly subject: Uuid | null;
  readonly class: string | null;
}

/** What keeps keys of a log from being destroyed. */
export interface StandingHolds {
  readonly holds: readonly Hold[];
  /** There are as many as are looked at: nothing is known not to be held. */
  readonly more: boolean;
}

/** The holds of a log that stand at a time, however many have ended. */
export async function holdsOf(
  sql: Sql,
  tenant: Uuid,
  at: Timestamp,
  most = MOST_FACTS,
): Promise<StandingHolds> {
  const { rows } = await sql.query<FactRow>(
    `SELECT tenant_id, id, event_id, type, position, entry, metadata FROM erasures_v1.event e
     WHERE tenant_id = $1 AND category = 'hold' AND type = 'log.hold-placed'
       AND coalesce(convert_from(entry, 'UTF8')::jsonb #>> '{body,until}' COLLATE "C" > $2, true)
       AND NOT EXISTS (SELECT FROM erasures_v1.event r
         WHERE r.tenant_id = $1 AND r.category = 'hold' AND r.id = e.id AND r.type = 'log.hold-released')
     ORDER BY id, position LIMIT $3`,
    [tenant, at, most],
  );
  return { holds: holdsAt(rows.map(factOf), at), more: rows.length >= most };
}

/** The holds that stand at a time. */
export function holdsAt(facts: readonly ErasureFact[], at: Timestamp): readonly Hold[] {
  const holds = new Map<Uuid, Hold>();
  for (const { fact } of facts) {
    if (fact.type === 'log.hold-released') holds.delete(fact.body.hold);
    if (fact.type !== 'log.hold-placed') continue;
    const { hold, subject, class: keyClass, until } = fact.body;
    if (until === null || until > at) holds.set(hold, { hold, subject, class: keyClass });
  }
  return [...holds.values()];
}
