import { ByteColumn, plain } from '../columns.js';
import type { Sql } from '../sql.js';
import { rootsAt } from '../verifiable-log/query.js';
import type { Tile } from '../verifiable-log/tiles.js';

/** What the database says of a log's tree: this root at this size. */
export interface HeldHead {
  readonly tenant: string;
  /** Which of the log's origins. */
  readonly succession: number;
  readonly size: number;
  /** Undefined where only the size is known. */
  readonly root: Uint8Array | undefined;
}

/** An entry as the event store has it. */
export interface StoredLeaf {
  readonly tenant: string;
  /** In its origin. */
  readonly index: number;
  /** Among all entries of the log, whatever their origin. */
  readonly place: number;
  readonly leaf: Uint8Array;
  /** H of what stands beside it: sealed values, command and causation. */
  readonly metadata: Uint8Array;
  readonly eventId: string;
}

/** A full tile as the event store's entries make it. */
export type StoredTile = Tile & { readonly tenant: string; readonly succession: number };

/** How large each tree is in the view of the verifiable log, with its root. As candor_projector. */
export async function treeHeads(sql: Sql): Promise<readonly HeldHead[]> {
  const { rows } = await sql.query<{ tenant_id: string; succession: number; size: string }>(
    'SELECT tenant_id, succession, size FROM verifiable_log_v1.log WHERE size > 0',
  );
  const heads = rows.map(({ tenant_id: tenant, succession, size }) => ({
    tenant,
    succession,
    size: Number(size),
  }));
  const roots = await rootsAt(sql, heads);
  return heads.map((head) => ({ ...head, root: roots.get(head) }));
}

/** How many entries each log has in the audit log's view, of all of its origins. As candor_projector. */
export async function auditSizes(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql.query<{ tenant_id: string; size: string }>(
    'SELECT tenant_id, size FROM audit_log_v1.log',
  );
  return new Map(rows.map(({ tenant_id, size }) => [tenant_id, Number(size)]));
}

/** The newest head of each origin that may have been signed. As candor_projector. */
export async function signedHeads(sql: Sql): Promise<readonly HeldHead[]> {
  const { rows } = await sql.query<{
    readonly tenant_id: string;
    readonly succession: number;
    readonly size: string;
    readonly root: Uint8Array;
  }>('SELECT tenant_id, succession, size, root FROM head.signed');
  return rows.map(({ tenant_id: tenant, succession, size, root }) => ({
    tenant,
    succession,
    size: Number(size),
    root,
  }));
}

/** Those of these entries that the audit log's view does not have so, byte for byte, with what stands beside them. As candor_projector. */
export async function differingEntries(
  sql: Sql,
  leaves: readonly StoredLeaf[],
): Promise<readonly StoredLeaf[]> {
  const bytes = new ByteColumn();
  for (const { leaf, metadata } of leaves) bytes.add(Buffer.concat([leaf, metadata]));
  const { rows } = await sql.query<{ n: string }>(
    String.raw`SELECT w.n FROM unnest($2::int[], $3::uuid[], $4::bigint[], $5::uuid[])
       WITH ORDINALITY AS w (start, tenant_id, place, event_id, n)
     LEFT JOIN audit_log_v1.entry e ON e.tenant_id = w.tenant_id AND e.index = w.place
     WHERE e.leaf IS DISTINCT FROM substring($1::bytea from w.start for 32)
       OR sha256('\x00'::bytea || e.entry) IS DISTINCT FROM substring($1::bytea from w.start for 32)
       OR sha256(e.metadata) IS DISTINCT FROM substring($1::bytea from w.start + 32 for 32)
       OR e.event_id IS DISTINCT FROM w.event_id
     ORDER BY w.n`,
    [
      bytes.bytes,
      bytes.offsets,
      plain(leaves.map(({ tenant }) => tenant)),
      plain(leaves.map(({ place }) => place)),
      plain(leaves.map(({ eventId }) => eventId)),
    ],
  );
  return rows.flatMap(({ n }) => leaves[Number(n) - 1] ?? []);
}

/** Those of these tiles that the view of the verifiable log does not have so. As candor_projector. */
export async function differingTiles(sql: Sql, tiles: readonly StoredTile[]): Promise<readonly StoredTile[]> {
  const bytes = new ByteColumn();
  for (const { hashes } of tiles) bytes.add(hashes);
  const { rows } = await sql.query<{ n: string }>(
    `SELECT w.number AS n FROM unnest($2::int[], $3::uuid[], $4::int[], $5::bigint[], $6::int[])
       WITH ORDINALITY AS w (start, tenant_id, level, n, succession, number)
     LEFT JOIN verifiable_log_v1.tile t
       ON t.tenant_id = w.tenant_id AND t.succession = w.succession AND t.level = w.level AND t.n = w.n
     WHERE t.hashes IS DISTINCT FROM substring($1::bytea from w.start for 512) ORDER BY w.number`,
    [
      bytes.bytes,
      bytes.offsets,
      plain(tiles.map(({ tenant }) => tenant)),
      plain(tiles.map(({ level }) => level)),
      plain(tiles.map(({ n }) => n)),
      plain(tiles.map(({ succession }) => succession)),
    ],
  );
  return rows.flatMap(({ n }) => tiles[Number(n) - 1] ?? []);
}
