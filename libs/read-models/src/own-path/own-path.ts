import { ByteColumn, plain } from '../columns.js';
import { inPlatformToWrite } from '../scope.js';
import type { Pool, Sql } from '../sql.js';

const HASH = 32;
/** Rows a statement. */
const ROWS = 2_000;

/** From a log's slot to an epoch's root, the sibling first. */
export interface OwnPath {
  readonly log: string;
  readonly path: readonly Uint8Array[];
}

/** Keeps the paths of an epoch's logs, in the place of others. */
export async function keepOwnPaths(pool: Pool, epoch: number, paths: readonly OwnPath[]): Promise<void> {
  for (let at = 0; at < paths.length; at += ROWS) {
    const rows = paths.slice(at, at + ROWS);
    const column = new ByteColumn();
    for (const { path } of rows) column.add(...path);
    await inPlatformToWrite(pool, (sql) =>
      sql.query(
        `INSERT INTO anchoring.own_path (tenant_id, epoch, path)
         SELECT r.log, $1, substring($2::bytea from r.start for r.size)
         FROM unnest($3::uuid[], $4::int[], $5::int[]) AS r(log, start, size) ORDER BY r.log
         ON CONFLICT (tenant_id, epoch) DO UPDATE SET path = EXCLUDED.path
         WHERE own_path.path <> EXCLUDED.path`,
        [epoch, column.bytes, plain(rows.map(({ log }) => log)), column.offsets, column.lengths],
      ),
    );
  }
}

/** A log's paths in some epochs, both ends included, by epoch: those that are kept. In the log's scope. */
export async function ownPaths(
  sql: Sql,
  log: string,
  from: number,
  to: number,
): Promise<ReadonlyMap<number, readonly Uint8Array[]>> {
  const { rows } = await sql.query<{ epoch: string; path: Buffer }>(
    'SELECT epoch, path FROM anchoring.own_path WHERE tenant_id = $1 AND epoch BETWEEN $2 AND $3',
    [log, from, to],
  );
  return new Map(rows.map(({ epoch, path }) => [Number(epoch), hashesOf(path)]));
}

function hashesOf(path: Buffer): readonly Uint8Array[] {
  return Array.from({ length: path.length / HASH }, (_, n) => path.subarray(n * HASH, (n + 1) * HASH));
}
