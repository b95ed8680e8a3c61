import { equalBytes, fromB64 } from '@candor/crypto';
import { EMPTY_ROOT, foldParts, frontierNodes } from '@candor/crypto/tlog';
import type { Uuid } from '@candor/domain';
import { ByteColumn, plain } from '../columns.js';
import type { BatchEvent } from '../projection.js';
import type { Sql } from '../sql.js';
import { originOfStream } from '../succession.js';
import { readHashes } from './read-hashes.js';

const TYPE = 'log.checkpoint-recorded';
const SCHEMA = 1;

/** A log's tree at some size. */
export interface TreeAt {
  readonly tenant: Uuid;
  /** Which of the log's origins. */
  readonly succession: number;
  readonly size: number;
}

/** What was said of a log's tree: this root at this size. */
export interface RecordedHead extends TreeAt {
  readonly root: Uint8Array;
}

/** A recorded head, with the size that the log's tree really had when it was recorded. */
export interface Claim extends RecordedHead {
  readonly event: BatchEvent;
  readonly sizeThen: number;
}

export const isCheckpoint = ({ entry }: BatchEvent): boolean =>
  entry.json.log === null && entry.json.type === TYPE;

/** @throws TypeError for an event that does not say it as schema 1 does: the view stops rather than guess */
export function recordedHead({ entry }: BatchEvent): RecordedHead {
  const { stream, schema, body } = entry.json;
  const { size, root } = body;
  const origin = originOfStream(stream);
  const bytes = typeof root === 'string' ? fromB64(root) : new Uint8Array();
  const whole = typeof size === 'number' && Number.isSafeInteger(size) && size >= 1;
  if (schema !== SCHEMA || origin === undefined || !whole || bytes.length !== 32)
    throw new TypeError('a recorded checkpoint is not of the form this build knows');
  return { tenant: origin.log, succession: origin.succession, size, root: bytes };
}

/** Keeps what was recorded, with whether the tables have that root at that size. Comes after the batch's tiles. */
export async function insertCheckpoints(schema: string, claims: readonly Claim[], sql: Sql): Promise<void> {
  if (claims.length === 0) return;
  const roots = await readRoots(
    sql,
    schema,
    claims.filter(({ size, sizeThen }) => size <= sizeThen),
  );
  const bytes = new ByteColumn();
  for (const { root } of claims) bytes.add(root);
  await sql.query(
    `INSERT INTO ${schema}.checkpoint (tenant_id, succession, revision, event_id, size, root, recorded_at, reproduced)
     SELECT r.tenant_id, r.succession, r.revision, r.event_id, r.size, substring($1::bytea from r.start for 32), r.recorded_at, r.reproduced
     FROM unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::bigint[], $6::int[], $7::timestamptz[], $8::boolean[],
         $9::int[])
       AS r(tenant_id, revision, event_id, size, start, recorded_at, reproduced, succession)
     ON CONFLICT (tenant_id, succession, revision) DO NOTHING`,
    [
      bytes.bytes,
      plain(claims.map(({ tenant }) => tenant)),
      plain(claims.map(({ event }) => event.stored.revision)),
      plain(claims.map(({ event }) => event.stored.id)),
      plain(claims.map(({ size }) => size)),
      bytes.offsets,
      plain(claims.map(({ event }) => event.entry.json.recordedAt)),
      plain(
        claims.map((claim) => {
          const root = roots.get(claim);
          return root !== undefined && equalBytes(root, claim.root);
        }),
      ),
      plain(claims.map(({ succession }) => succession)),
    ],
  );
}

/** The roots that trees had at some sizes, in one statement. @throws HashMissing */
export async function readRoots<T extends TreeAt>(
  sql: Sql,
  schema: string,
  heads: readonly T[],
): Promise<ReadonlyMap<T, Uint8Array>> {
  const parts = heads.map(({ size }) => frontierNodes(size));
  const nodes = heads.flatMap(({ tenant, succession }, i) =>
    (parts[i] ?? []).map((node) => ({ tenant, succession, ...node })),
  );
  const roots = foldParts(parts, await readHashes(sql, schema, nodes));
  return new Map(heads.map((head, i) => [head, roots[i] ?? EMPTY_ROOT]));
}
