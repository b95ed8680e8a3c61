import { VaultUnavailable } from '@candor/event-store';
import { DatabaseError, type Pool, type QueryResultRow } from 'pg';

/**
 * SQLSTATE classes that say "not now": connection, resources, operator intervention, system errors, and two
 * transactions that met (everything the vault sends may be sent again).
 */
const NOT_NOW = /^(08|53|57|58|40|25006)/;

/** The vault's tables, one statement at a time, each a transaction of its own. */
export class Database {
  constructor(private readonly pool: Pool) {
    // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
    pool.on('error', () => undefined);
  }

  /** @throws VaultUnavailable when the database cannot be reached or cannot serve now */
  async rows<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<readonly Row[]> {
    try {
      return (await this.pool.query<Row>(sql, values)).rows;
    } catch (error) {
      const fault = error instanceof DatabaseError && !NOT_NOW.test(error.code ?? '');
      if (fault) throw error;
      throw new VaultUnavailable('the vault’s database does not answer', { cause: error });
    }
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

/** Keeps statements and their locks short, however large a batch is. */
const ROWS_PER_STATEMENT = 2000;

export function chunks<T>(items: readonly T[]): readonly (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let i = 0; i < items.length; i += ROWS_PER_STATEMENT)
    parts.push(items.slice(i, i + ROWS_PER_STATEMENT));
  return parts;
}

/** How often a statement is tried that met another process's; each time one of the two has got further. */
export const ATTEMPTS = 5;
