import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { connect } from '../sql.js';

/** One holder per name in the whole database, for as long as one session of it lives. */
export interface Lock {
  /** Aborts when the session is gone: somebody else may hold the lock now. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Why `lost` aborts. */
export class LockLost extends Error {
  override readonly name = 'LockLost';
}

const RETRY_MS = 500;
/** A server that does not answer for this long is taken for gone. */
const HEARTBEAT_MS = 2_000;
const HEARTBEAT_TIMEOUT_MS = 3_000;

/**
 * Waits until the lock is free and takes it, on a connection of its own.
 * @throws when the database cannot be reached, or the signal aborts
 */
export async function holdLock(url: string, name: string, signal: AbortSignal): Promise<Lock> {
  const client = await connect(url, `candor-lock-${name}`);
  try {
    while (!(await tryLock(client, name))) await sleep(RETRY_MS, undefined, { signal });
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return watch(client);
}

async function tryLock(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
    [`candor:${name}`],
  );
  return rows[0]?.locked === true;
}

function watch(client: Client): Lock {
  const lost = new AbortController();
  const give = () => {
    clearInterval(heartbeat);
    lost.abort(new LockLost('the session that held the lock is gone'));
  };
  const heartbeat = setInterval(() => {
    const late = setTimeout(give, HEARTBEAT_TIMEOUT_MS);
    client.query('SELECT 1').then(() => {
      clearTimeout(late);
    }, give);
  }, HEARTBEAT_MS);
  client.once('error', give);
  client.once('end', give);
  return {
    lost: lost.signal,
    release: async () => {
      clearInterval(heartbeat);
      await client.end().catch(() => undefined);
    },
  };
}
