import type { NodeAt } from '@candor/crypto/tlog';
import { plain } from '../columns.js';
import type { Sql } from '../sql.js';

/** The hashes of complete subtrees of the anchor log, in order, in one statement. @throws Error when one is missing */
export async function readNodes(
  schema: string,
  nodes: readonly NodeAt[],
  sql: Sql,
): Promise<readonly Uint8Array[]> {
  if (nodes.length === 0) return [];
  const { rows } = await sql.query<{ hash: Uint8Array | null }>(
    `SELECT n.hash FROM unnest($1::smallint[], $2::bigint[]) WITH ORDINALITY AS w (level, index, place)
     LEFT JOIN ${schema}.node n USING (level, index) ORDER BY w.place`,
    [plain(nodes.map(({ level }) => level)), plain(nodes.map(({ index }) => index))],
  );
  return rows.map(({ hash }) => {
    if (hash === null) throw new Error('the anchor log’s tree has a gap');
    return hash;
  });
}
