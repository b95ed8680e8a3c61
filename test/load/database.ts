import { Client, type QueryResultRow } from 'pg';
import type { System } from '../harness/system.ts';

/** Runs one statement as the database's administrator, whom row-level security does not hold. */
export async function query<Row extends QueryResultRow>(
  system: System,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new Client({ connectionString: system.adminUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
