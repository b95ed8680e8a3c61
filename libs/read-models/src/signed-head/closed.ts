import type { Sql } from '../sql.js';

/**
 * Why nobody may write. `anchor`: a witness has seen a larger anchor log than this store has, or another one. `recovery`: what
 * the store lacks is being appended again, and is not whole yet.
 */
export type ClosedCause = 'anchor' | 'recovery';

/**
 * Writes are refused from now on, by every process within a second. As candor_projector.
 * @returns whether they were not for this cause before
 */
export async function closeWrites(sql: Pick<Sql, 'query'>, cause: ClosedCause): Promise<boolean> {
  const { rowCount } = await sql.query('INSERT INTO head.closed (cause) VALUES ($1) ON CONFLICT DO NOTHING', [
    cause,
  ]);
  return rowCount === 1;
}

/** Writes are taken again, unless another cause stands. As candor_projector. */
export async function openWrites(sql: Pick<Sql, 'query'>, cause: ClosedCause): Promise<void> {
  await sql.query('DELETE FROM head.closed WHERE cause = $1', [cause]);
}

/** Each cause for which nobody may write. */
export async function closedCauses(sql: Pick<Sql, 'query'>): Promise<readonly ClosedCause[]> {
  const { rows } = await sql.query<{ cause: ClosedCause }>('SELECT cause FROM head.closed ORDER BY cause');
  return rows.map(({ cause }) => cause);
}

export async function writesClosed(sql: Pick<Sql, 'query'>): Promise<boolean> {
  const { rowCount } = await sql.query('SELECT FROM head.closed');
  return rowCount !== 0;
}
