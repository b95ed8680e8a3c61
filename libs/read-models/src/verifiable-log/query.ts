import type { NodeAt } from '@candor/crypto/tlog';
import type { Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import { readRoots, type RecordedHead } from './checkpoints.js';
import { readHashes } from './read-hashes.js';

const SCHEMA = 'verifiable_log_v1';

/** How many leaves a log's tree has, as of this transaction; 0 for a log that is not there. */
export async function treeSize(sql: Sql, log: Uuid): Promise<number> {
  const { rows } = await sql.query<{ size: string }>(`SELECT size FROM ${SCHEMA}.log WHERE tenant_id = $1`, [
    log,
  ]);
  return Number(rows[0]?.size ?? 0);
}

/**
 * The hashes of complete subtrees, one for each, in one statement.
 * @throws HashMissing
 */
export function hashesAt(sql: Sql, log: Uuid, nodes: readonly NodeAt[]): Promise<readonly Uint8Array[]> {
  return readHashes(
    sql,
    SCHEMA,
    nodes.map((node) => ({ tenant: log, ...node })),
  );
}

/** The roots that logs had at some sizes, each at most the log's own, in one statement. @throws HashMissing */
export function rootsAt<T extends { readonly tenant: Uuid; readonly size: number }>(
  sql: Sql,
  heads: readonly T[],
): Promise<ReadonlyMap<T, Uint8Array>> {
  return readRoots(sql, SCHEMA, heads);
}

/** A `log.checkpoint-recorded` as the view has it. */
export interface CheckpointRow extends RecordedHead {
  /** Of the event in `log-<uuid>`. */
  readonly revision: bigint;
  readonly eventId: Uuid;
  readonly recordedAt: Date;
  /** Whether the entries before it have that root. */
  readonly reproduced: boolean;
}

interface Columns {
  readonly tenant_id: Uuid;
  readonly revision: string;
  readonly event_id: Uuid;
  readonly size: string;
  readonly root: Buffer;
  readonly recorded_at: Date;
  readonly reproduced: boolean;
}

/** The last checkpoint recorded of a log; undefined when there is none. */
export function lastCheckpoint(sql: Sql, log: Uuid): Promise<CheckpointRow | undefined> {
  return oneCheckpoint(sql, log, 'ORDER BY revision DESC', []);
}

/** The first checkpoint of a log that covers an entry. */
export function checkpointOver(sql: Sql, log: Uuid, index: number): Promise<CheckpointRow | undefined> {
  return oneCheckpoint(sql, log, 'AND size > $2 ORDER BY size', [index]);
}

/** The checkpoint of a log that was recorded at a size. */
export function checkpointOf(sql: Sql, log: Uuid, size: number): Promise<CheckpointRow | undefined> {
  return oneCheckpoint(sql, log, 'AND size = $2 ORDER BY revision', [size]);
}

async function oneCheckpoint(
  sql: Sql,
  log: Uuid,
  rest: string,
  values: readonly unknown[],
): Promise<CheckpointRow | undefined> {
  const { rows } = await sql.query<Columns>(
    `SELECT tenant_id, revision, event_id, size, root, recorded_at, reproduced
     FROM ${SCHEMA}.checkpoint WHERE tenant_id = $1 ${rest} LIMIT 1`,
    [log, ...values],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    tenant: row.tenant_id,
    revision: BigInt(row.revision),
    eventId: row.event_id,
    size: Number(row.size),
    root: row.root,
    recordedAt: row.recorded_at,
    reproduced: row.reproduced,
  };
}

/** Logs of which something was recorded that their entries contradict: nothing may be added to them. Normally none. */
export async function contradictedLogs(sql: Sql): Promise<readonly Uuid[]> {
  const { rows } = await sql.query<{ tenant_id: Uuid }>(
    `SELECT DISTINCT tenant_id FROM ${SCHEMA}.checkpoint WHERE NOT reproduced`,
  );
  return rows.map(({ tenant_id }) => tenant_id);
}

/** Every log that has more entries than its last recorded head. As candor_projector, which sees all of them. */
export async function grownLogs(sql: Pick<Sql, 'query'>): Promise<readonly Uuid[]> {
  const { rows } = await sql.query<{ tenant_id: Uuid }>(
    `SELECT l.tenant_id FROM ${SCHEMA}.log l
     LEFT JOIN LATERAL (
       SELECT c.size FROM ${SCHEMA}.checkpoint c WHERE c.tenant_id = l.tenant_id ORDER BY c.revision DESC LIMIT 1
     ) last ON true
     WHERE l.size > coalesce(last.size, 0) ORDER BY l.tenant_id`,
  );
  return rows.map(({ tenant_id }) => tenant_id);
}
