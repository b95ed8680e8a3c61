import pg from 'pg';

/** What a projection or a query may do with the database: send statements. Whose transaction it is, the caller knows. */
export type Sql = Pick<pg.ClientBase, 'query'>;
export type Pool = pg.Pool;

export interface PoolOptions {
  /** Connections at most. Default 10. */
  readonly max?: number;
  /** Shown by the server beside the connection. */
  readonly name?: string;
  /**
   * How long a statement may take, in milliseconds: the server ends it, and where the server itself does not answer, the
   * connection is given up half as much later. Default: without end.
   */
  readonly statementMs?: number;
  /** Gets what idle connections die of; they are replaced when needed. Default: ignored. */
  readonly onError?: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Silence after which the system asks whether the server is still there. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 } as const;

/** Connections to one database, in the role that the URL names. */
export function createPool(url: string, options: PoolOptions = {}): Pool {
  const { max = 10, name = 'candor', statementMs, onError } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Statements that need no answer of each other are sent together: a batch takes a few round trips, not one each.
    pipeline: true,
    ...KEEP_ALIVE,
    ...(statementMs === undefined
      ? {}
      : { statement_timeout: statementMs, query_timeout: statementMs * 1.5 }),
  });
  pool.on('error', (error) => onError?.(error));
  // A connection that breaks while it is lent out says so to the statement that runs; unheard, it would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}

/** A connection of its own, for what belongs to a session: locks and notifications. The caller ends it. */
export async function connect(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...KEEP_ALIVE,
  });
  // Without a listener, a connection that breaks between two statements would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Runs `work` in one transaction; commits what it did unless it throws. A connection that broke is not used again. */
export async function inTransaction<T>(
  pool: Pool,
  begin: string,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    const { command } = await client.query('COMMIT');
    // What had failed before, and was not heard, makes a COMMIT roll back without an error.
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back');
    return result;
  } catch (error) {
    if (isConnectionLost(error)) broken = error;
    else
      await client.query('ROLLBACK').catch((failure: unknown) => {
        broken = failure instanceof Error ? failure : new Error('ROLLBACK failed');
      });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** SQLSTATE classes of faults that pass: connection, rollback by the server, resources, operator, system. */
const TRANSIENT_CLASSES = new Set(['08', '40', '53', '57', '58']);
const LOCK_NOT_AVAILABLE = '55P03';

/** The SQLSTATE of an error the database answered with. */
export function sqlState(error: Error): string | undefined {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : undefined;
}

/** Whether the same statement may succeed later without anybody changing anything: the database is away or too busy. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const state = sqlState(error);
  if (state !== undefined) return state === LOCK_NOT_AVAILABLE || TRANSIENT_CLASSES.has(state.slice(0, 2));
  return isConnectionLost(error);
}

/** Whether it is the connection that failed, or the server behind it that is silent: nothing more is to be sent on it. */
function isConnectionLost(error: unknown): error is Error {
  if (!(error instanceof Error) || sqlState(error) !== undefined) return false;
  if ('code' in error && typeof error.code === 'string') return /^E[A-Z]+$/.test(error.code);
  return /^(Query read timeout|Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/.test(
    error.message,
  );
}
