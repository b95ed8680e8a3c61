import type { Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';

/** The event store this database belongs to; undefined before the first start. */
export async function storeId(sql: Pick<Sql, 'query'>): Promise<Uuid | undefined> {
  const { rows } = await sql.query<{ store_id: Uuid }>('SELECT store_id FROM edge.store');
  return rows[0]?.store_id;
}

/** Keeps the store's id, once for ever; answers the one that is kept, which may be another process's. */
export async function keepStoreId(sql: Pick<Sql, 'query'>, store: Uuid): Promise<Uuid> {
  await sql.query('INSERT INTO edge.store (store_id) VALUES ($1) ON CONFLICT DO NOTHING', [store]);
  return (await storeId(sql)) ?? store;
}
