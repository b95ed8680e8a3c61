import type { NodeAt } from '@candor/crypto/tlog';
import type { Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import type { LogOrigin } from '../succession.js';
import { readRoots, type RecordedHead, type TreeAt } from './checkpoints.js';
import { readHashes } from './read-hashes.js';

export type { TreeAt };

const SCHEMA = 'verifiable_log_v1';

/** Which of a log's origins is the present one, as of this transaction: how often it was succeeded (formats v1 §4.5). */
export async function currentSuccession(sql: Sql, log: Uuid): Promise<number> {
  const { rows } = await sql.query<{ present: number }>(
    `SELECT coalesce(max(succession), 0) AS present FROM ${SCHEMA}.succession WHERE tenant_id = $1`,
    [log],
  );
  return rows[0]?.present ?? 0;
}

/** How many leaves the tree of one of a log's origins has, as of this transaction; 0 for one that is not there. */
export async function treeSize(sql: Sql, { log, succession }: LogOrigin): Promise<number> {
  const { rows } = await sql.query<{ size: string }>(
    `SELECT size FROM ${SCHEMA}.log WHERE tenant_id = $1 AND succession = $2`,
    [log, succession],
  );
  return Number(rows[0]?.size ?? 0);
}

/**
 * The hashes of complete subtrees, one for each, in one statement.
 * @throws HashMissing
 */
export function hashesAt(
  sql: Sql,
  { log, succession }: LogOrigin,
  nodes: readonly NodeAt[],
): Promise<readonly Uint8Array[]> {
  return readHashes(
    sql,
    SCHEMA,
    nodes.map((node) => ({ tenant: log, succession, ...node })),
  );
}

/** The roots that trees had at some sizes, each at most the tree's own, in one statement. @throws HashMissing */
export function rootsAt<T extends TreeAt>(
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
  readonly succession: number;
  readonly revision: string;
  readonly event_id: Uuid;
  readonly size: string;
  readonly root: Buffer;
  readonly recorded_at: Date;
  readonly reproduced: boolean;
}

/** The last checkpoint recorded of a log's origin; undefined when there is none. */
export function lastCheckpoint(sql: Sql, origin: LogOrigin): Promise<CheckpointRow | undefined> {
  return oneCheckpoint(sql, origin, 'ORDER BY revision DESC', []);
}

/** The last one whose root the entries have. */
export function lastReproduced(sql: Sql, origin: LogOrigin): Promise<CheckpointRow | undefined> {
  return oneCheckpoint(sql, origin, 'AND reproduced ORDER BY revision DESC', []);
}

/** The first checkpoint of a log's origin that covers an entry. */
export function checkpointOver(
  sql: Sql,
  origin: LogOrigin,
  index: number,
): Promise<CheckpointRow | undefined> {
  return oneCheckpoint(sql, origin, 'AND size > $3 ORDER BY size', [index]);
}

/** The checkpoint of a log's origin that was recorded at a size. */
export function checkpointOf(sql: Sql, origin: LogOrigin, size: number): Promise<CheckpointRow | undefined> {
  return oneCheckpoint(sql, origin, 'AND size = $3 ORDER BY revision', [size]);
}

async function oneCheckpoint(
  sql: Sql,
  { log, succession }: LogOrigin,
  rest: string,
  values: readonly unknown[],
): Promise<CheckpointRow | undefined> {
  const { rows } = await sql.query<Columns>(
    `SELECT tenant_id, succession, revision, event_id, size, root, recorded_at, reproduced
     FROM ${SCHEMA}.checkpoint WHERE tenant_id = $1 AND succession = $2 ${rest} LIMIT 1`,
    [log, succession, ...values],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    tenant: row.tenant_id,
    succession: row.succession,
    revision: BigInt(row.revision),
    eventId: row.event_id,
    size: Number(row.size),
    root: row.root,
    recordedAt: row.recorded_at,
    reproduced: row.reproduced,
  };
}

/**
 * Logs of which something was recorded that their entries contradict: nothing may be added to them. Normally none. What an
 * origin that was succeeded cannot bear out any more is declared, and counts no more.
 */
export async function contradictedLogs(sql: Sql): Promise<readonly Uuid[]> {
  const { rows } = await sql.query<{ tenant_id: Uuid }>(
    `SELECT DISTINCT c.tenant_id FROM ${SCHEMA}.checkpoint c WHERE NOT c.reproduced AND NOT EXISTS (
       SELECT FROM ${SCHEMA}.succession s WHERE s.tenant_id = c.tenant_id AND s.succession > c.succession)`,
  );
  return rows.map(({ tenant_id }) => tenant_id);
}

/** Every log that has more entries than the last recorded head of its present origin. As candor_projector, which sees all of them. */
export async function grownLogs(sql: Pick<Sql, 'query'>): Promise<readonly Uuid[]> {
  const { rows } = await sql.query<{ tenant_id: Uuid }>(
    `SELECT l.tenant_id FROM ${SCHEMA}.log l
     LEFT JOIN LATERAL (
       SELECT c.size FROM ${SCHEMA}.checkpoint c
       WHERE c.tenant_id = l.tenant_id AND c.succession = l.succession ORDER BY c.revision DESC LIMIT 1
     ) last ON true
     WHERE l.size > coalesce(last.size, 0) AND NOT EXISTS (
       SELECT FROM ${SCHEMA}.succession s WHERE s.tenant_id = l.tenant_id AND s.succession > l.succession)
     ORDER BY l.tenant_id`,
  );
  return rows.map(({ tenant_id }) => tenant_id);
}
