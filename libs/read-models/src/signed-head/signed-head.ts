import type { Uuid } from '@candor/domain';
import type { Place } from '../checkpoint/checkpoints.js';
import { inScopeToWrite } from '../scope.js';
import type { Pool, Sql } from '../sql.js';
import type { LogOrigin } from '../succession.js';

/** A recorded head that may have been signed. */
export interface SignedHead {
  readonly size: number;
  readonly root: Uint8Array;
  /** Of its event in its stream. */
  readonly revision: bigint;
  /** Of its event in `$all`. */
  readonly place: Place;
}

interface Row {
  readonly size: string;
  readonly root: Buffer;
  readonly revision: string;
  readonly event_id: Uuid;
  readonly position: string;
}

/** The newest head of one of a log's origins that may have been signed. */
export async function signedHead(sql: Sql, { log, succession }: LogOrigin): Promise<SignedHead | undefined> {
  const { rows } = await sql.query<Row>(
    'SELECT size, root, revision, event_id, position FROM head.signed WHERE tenant_id = $1 AND succession = $2',
    [log, succession],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { size, root, revision, event_id: eventId, position } = row;
  return {
    size: Number(size),
    root,
    revision: BigInt(revision),
    place: { position: BigInt(position), eventId },
  };
}

/** Keeps a head that is about to be signed, unless a newer one is kept. */
export async function keepSignedHead(
  pool: Pool,
  { log, succession }: LogOrigin,
  head: SignedHead,
): Promise<void> {
  const { size, root, revision, place } = head;
  await inScopeToWrite(pool, log, (sql) =>
    sql.query(
      `INSERT INTO head.signed AS kept (tenant_id, succession, size, root, revision, event_id, position)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (tenant_id, succession) DO UPDATE SET size = excluded.size, root = excluded.root,
         revision = excluded.revision, event_id = excluded.event_id, position = excluded.position
       WHERE kept.revision < excluded.revision`,
      [log, succession, size, Buffer.from(root), revision, place.eventId, place.position],
    ),
  );
}

/** The event, last in the store, of all heads that may have been signed: a store without it has lost one. In the platform's scope. */
export async function lastSignedPlace(sql: Sql): Promise<Place | null> {
  const { rows } = await sql.query<{ position: string; event_id: Uuid }>(
    'SELECT position, event_id FROM head.signed ORDER BY position DESC LIMIT 1',
  );
  const [row] = rows;
  return row === undefined ? null : { position: BigInt(row.position), eventId: row.event_id };
}
