import { VaultUnavailable } from '@candor/event-store';
import { DatabaseError, type Pool, type PoolClient, type QueryResultRow } from 'pg';

/**
 * SQLSTATE classes that say "not now": connection, resources, operator intervention, system errors, and two
 * transactions that met, also where one refers to a subject that the other has just erased (everything the vault sends may
 * be sent again).
 */
const NOT_NOW = /^(08|53|57|58|40|25006|23503)/;

/** Answers one statement with its rows. */
export type Rows = <Row extends QueryResultRow>(sql: string, values?: unknown[]) => Promise<readonly Row[]>;

/** The vault's tables: one statement at a time, each a transaction of its own, unless said. */
export class Database {
  constructor(private readonly pool: Pool) {
    // A connection that breaks while idle is replaced by the pool; without a listener it would end the process. So would one
    // that breaks while it is lent out: from the moment it is there, before anybody has it in hand.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => {
      client.on('error', () => undefined);
    });
  }

  /** How many there are at most. */
  get connections(): number {
    return this.pool.options.max;
  }

  /** @throws VaultUnavailable when the database cannot be reached or cannot serve now */
  async rows<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<readonly Row[]> {
    try {
      return (await this.pool.query<Row>(sql, values)).rows;
    } catch (error) {
      throw asVaultError(error);
    }
  }

  /**
   * Several statements, all of them or none. Nothing else should be waited for meanwhile: locks are held.
   * @throws VaultUnavailable as `rows`, and what `work` throws
   */
  async transaction<T>(work: (rows: Rows) => Promise<T>, begin = 'BEGIN'): Promise<T> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw asVaultError(error);
    });
    const rows = rowsOf(client);
    let broken: Error | undefined;
    try {
      await rows(begin);
      const result = await work(rows);
      await rows('COMMIT');
      return result;
    } catch (error) {
      broken = await rollBack(rows);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

function rowsOf(client: PoolClient): Rows {
  return async <Row extends QueryResultRow>(sql: string, values: unknown[] = []) => {
    try {
      return (await client.query<Row>(sql, values)).rows;
    } catch (error) {
      throw asVaultError(error);
    }
  };
}

/** @returns why the connection cannot be used any more, if it cannot */
async function rollBack(rows: Rows): Promise<Error | undefined> {
  try {
    await rows('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('the transaction could not be rolled back');
  }
}

function asVaultError(error: unknown): unknown {
  if (error instanceof DatabaseError && !NOT_NOW.test(error.code ?? '')) return error;
  return new VaultUnavailable('the vault’s database does not answer', { cause: error });
}

/** Keeps statements and their locks short, however large a batch is. */
export const ROWS_PER_STATEMENT = 2000;

export function chunks<T>(items: readonly T[]): readonly (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let i = 0; i < items.length; i += ROWS_PER_STATEMENT)
    parts.push(items.slice(i, i + ROWS_PER_STATEMENT));
  return parts;
}

/** How often a statement is tried that met another process's; each time one of the two has got further. */
export const ATTEMPTS = 5;
