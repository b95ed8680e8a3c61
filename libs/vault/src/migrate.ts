import { join } from 'node:path';
import { runner } from 'node-pg-migrate';

/**
 * Brings the schema `vault` up to date. Runs that meet wait for each other. Forward only.
 * @param ownerUrl a connection as candor_owner
 */
export async function migrateVault(ownerUrl: string): Promise<void> {
  await runner({
    databaseUrl: ownerUrl,
    dir: join(import.meta.dirname, 'migrations'),
    direction: 'up',
    migrationsSchema: 'vault',
    createMigrationsSchema: true,
    migrationsTable: 'migration',
    singleTransaction: true,
    advisoryLockMode: 'wait',
    logger: { debug: noLog, info: noLog, warn: noLog, error: noLog },
  });
}

/** Errors are thrown as well; what was run stands in the table. */
const noLog = () => undefined;
