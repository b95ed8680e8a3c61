import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { preparing } from './preparing.js';
import { createPool, inTransaction, type Pool } from './sql.js';

let database: TestPostgres;
let pool: Pool;

beforeAll(async () => {
  database = await startPostgres();
  pool = createPool(database.projectorUrl, { max: 1 });
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});

const doubled = (n: number) =>
  inTransaction(pool, 'BEGIN', async (client) => {
    const sql = preparing(client);
    await sql.query('SAVEPOINT here');
    const both = await Promise.all([
      sql.query<{ twice: number }>('SELECT 2 * $1::int AS twice', [n]),
      sql.query<{ twice: number }>('SELECT 2 * $1::int AS twice', [n + 1]),
    ]);
    return both.map(({ rows }) => rows[0]?.twice);
  });

test('a statement is prepared once on a connection, also where it is sent twice at once', async () => {
  expect(await doubled(1)).toEqual([2, 4]);
  expect(await doubled(7)).toEqual([14, 16]);
  const { rows } = await pool.query<{ statement: string; used: string }>(
    'SELECT statement, generic_plans + custom_plans AS used FROM pg_prepared_statements',
  );
  expect(rows).toEqual([{ statement: 'SELECT 2 * $1::int AS twice', used: '4' }]);
});

test('one that failed is sent again', async () => {
  const dividing = (by: number) =>
    inTransaction(pool, 'BEGIN', (client) => preparing(client).query('SELECT 1 / $1::int AS n', [by]));
  const missing = () =>
    inTransaction(pool, 'BEGIN', (client) => preparing(client).query('SELECT $1::int FROM not_there', [1]));
  await expect(dividing(0)).rejects.toThrow('division by zero');
  expect((await dividing(1)).rows).toEqual([{ n: 1 }]);
  await expect(missing()).rejects.toThrow('does not exist');
  await expect(missing()).rejects.toThrow('does not exist');
});
