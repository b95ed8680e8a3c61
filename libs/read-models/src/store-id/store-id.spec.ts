import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { createPool, type Pool } from '../sql.js';
import { keepStoreId, storeId } from './store-id.js';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = createPool(postgres.apiUrl);
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

test('a database belongs to the first store it is told of, whoever tells it next', async () => {
  expect(await storeId(pool)).toBeUndefined();
  const told = Array.from({ length: 5 }, () => randomUUID());
  const kept = await Promise.all(told.map((store) => keepStoreId(pool, store)));
  expect(new Set(kept).size).toBe(1);
  expect(told).toContain(kept[0]);
  expect(await keepStoreId(pool, randomUUID())).toBe(kept[0]);
  expect(await storeId(pool)).toBe(kept[0]);
});

test('nobody who serves requests may change it', async () => {
  await expect(pool.query('UPDATE edge.store SET store_id = gen_random_uuid()')).rejects.toThrow(
    /permission denied/,
  );
  await expect(pool.query('DELETE FROM edge.store')).rejects.toThrow(/permission denied/);
});
