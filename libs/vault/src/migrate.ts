import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';

/** Milliseconds. */
const CONNECT_TIME = 5_000;

/**
 * Brings the schema `vault` up to date. Runs that meet wait for each other. Forward only.
 * @param ownerUrl a connection as candor_owner
 */
export async function migrateVault(ownerUrl: string): Promise<void> {
  const client = new Client({ connectionString: ownerUrl, connectionTimeoutMillis: CONNECT_TIME });
  // What breaks off is told to whoever waits; unheard, it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await runner({
      dbClient: client,
      dir: join(import.meta.dirname, 'migrations'),
      direction: 'up',
      migrationsSchema: 'vault',
      createMigrationsSchema: true,
      migrationsTable: 'migration',
      singleTransaction: true,
      advisoryLockMode: 'wait',
      logger: { debug: noLog, info: noLog, warn: noLog, error: noLog },
    });
  } finally {
    await client.end();
  }
}

/** Errors are thrown as well; what was run stands in the table. */
const noLog = () => undefined;
