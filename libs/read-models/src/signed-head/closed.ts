import type { Sql } from '../sql.js';

/** Writes are refused from now on, by every process within a second. As candor_projector. */
export async function closeWrites(sql: Sql): Promise<void> {
  await sql.query('INSERT INTO head.closed DEFAULT VALUES ON CONFLICT DO NOTHING');
}

/** Writes are taken again. As candor_projector. */
export async function openWrites(sql: Sql): Promise<void> {
  await sql.query('DELETE FROM head.closed');
}

export async function writesClosed(sql: Sql): Promise<boolean> {
  const { rowCount } = await sql.query('SELECT FROM head.closed');
  return rowCount !== 0;
}
