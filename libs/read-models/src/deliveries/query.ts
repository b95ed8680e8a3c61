import {
  type DeliveryEvent,
  type DeliveryStatus,
  risen,
  statusOf,
  type Timestamp,
  type Uuid,
} from '@candor/domain';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { pageSize } from '../page.js';
import type { Sql } from '../sql.js';
import { storedEntries } from '../audit-log/stored-entries.js';
import type { StoredEntry } from '../stored-entry.js';

/** One message's way to one recipient. */
export interface Delivery {
  readonly recipient: Uuid;
  /** By rank, not by arrival; the first end stands. */
  readonly state: DeliveryStatus;
  /** RFC 3463 status of the event that `state` stands on; null where it has none. */
  readonly status: string | null;
  /** When that event happened, by the source. */
  readonly since: Timestamp | null;
  /** Attempts recorded. */
  readonly attempts: number;
  /** Records that contradicted an earlier one. */
  readonly conflicts: number;
  /** In the order of the log, personal values sealed; of a very long story its beginning and its end. */
  readonly events: readonly StoredEntry[];
  /** How many are left out between them. */
  readonly omitted: number;
}

export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  readonly next: string | null;
}

export interface DeliveryQuery {
  readonly tenant: Uuid;
  readonly message: Uuid;
  readonly cursor: string | null;
  /** Recipients, 1 … 100. */
  readonly limit: number;
}

export const MAX_RECIPIENTS = 100;
/** Events shown in full from each end of one recipient's story, at most. */
const MAX_END = 100;
/** The same of all recipients of a page, who share it: each event shown is opened. */
const MAX_ENDS = 1_000;

interface Row {
  readonly recipient: Uuid;
  readonly event_id: Uuid;
  readonly type: string;
  readonly status: string | null;
  readonly occurred_at: Date;
  /** Whether it is near enough to an end of its story. */
  readonly shown: boolean;
}

/** What the audit log's view has passed as well: of an event that it has not, there is nothing to show. */
const LEVEL = `position <= (SELECT position FROM audit_log_v1.log WHERE tenant_id = $1)`;

/**
 * What became of a message, recipient by recipient, as far as the audit log's view goes, too; nothing for a message this
 * tenant has not.
 * @throws BadCursor
 */
export async function queryDeliveries(sql: Sql, query: DeliveryQuery): Promise<DeliveryPage> {
  const limit = pageSize(query.limit, MAX_RECIPIENTS);
  const bound = ['deliveries', query.tenant, query.message];
  const after = query.cursor === null ? null : decodeCursor(bound, query.cursor, ['uuid'])[0];
  const recipients = await recipientsAfter(sql, query, after, limit + 1);
  const shown = recipients.slice(0, limit);
  const end = Math.min(MAX_END, Math.floor(MAX_ENDS / Math.max(shown.length, 1)));
  const { rows } = await sql.query<Row>(
    `SELECT recipient, event_id, type, status, occurred_at, place <= $4 OR place > total - $4 AS shown
     FROM (
       SELECT *, row_number() OVER (PARTITION BY recipient ORDER BY position) AS place,
         count(*) OVER (PARTITION BY recipient) AS total
       FROM deliveries_v1.event
       WHERE tenant_id = $1 AND message_id = $2 AND recipient = ANY($3::uuid[]) AND ${LEVEL}
     ) found
     ORDER BY recipient, position`,
    [query.tenant, query.message, shown, end],
  );
  const ids = rows.flatMap((row) => (row.shown ? [row.event_id] : []));
  const entries = await storedEntries(sql, query.tenant, ids);
  const last = shown.at(-1);
  return {
    deliveries: shown.map((recipient) =>
      deliveryOf(
        recipient,
        rows.filter((row) => row.recipient === recipient),
        entries,
      ),
    ),
    next: recipients.length > limit && last !== undefined ? encodeCursor(bound, [last]) : null,
  };
}

async function recipientsAfter(
  sql: Sql,
  { tenant, message }: DeliveryQuery,
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ recipient: string }>(
    `SELECT DISTINCT recipient FROM deliveries_v1.event
     WHERE tenant_id = $1 AND message_id = $2 AND ($3::text IS NULL OR recipient > $3::text::uuid)
       AND ${LEVEL}
     ORDER BY recipient LIMIT $4`,
    [tenant, message, after, limit],
  );
  return rows.map(({ recipient }) => recipient);
}

function deliveryOf(
  recipient: Uuid,
  rows: readonly Row[],
  entries: ReadonlyMap<Uuid, StoredEntry>,
): Delivery {
  let state: DeliveryStatus = 'none';
  let standsOn: Row | undefined;
  for (const row of rows) {
    const after = risen(state, statusOf(row.type as DeliveryEvent['type']));
    if (after !== state) standsOn = row;
    state = after;
  }
  const events = rows.flatMap(({ event_id: id, shown }) => (shown ? [entryOf(entries, id)] : []));
  return {
    recipient,
    state,
    status: standsOn?.status ?? null,
    since: standsOn?.occurred_at.toISOString() ?? null,
    attempts: rows.filter(({ type }) => type === 'delivery.attempted').length,
    conflicts: rows.filter(({ type }) => type === 'delivery.conflict-detected').length,
    events,
    omitted: rows.length - events.length,
  };
}

/** @throws Error the audit log's view has lost an entry */
function entryOf(entries: ReadonlyMap<Uuid, StoredEntry>, id: Uuid): StoredEntry {
  const entry = entries.get(id);
  if (entry === undefined) throw new Error(`the entry of event ${id} is not in the audit log`);
  return entry;
}
