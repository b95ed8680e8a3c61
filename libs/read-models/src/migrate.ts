import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { connect } from './sql.js';

/** Folders with plain SQL files, applied in this order; each keeps its own list of what was run. */
const FOLDERS = [
  'checkpoint',
  'idempotency',
  'store-id',
  'reaction',
  'signed-head',
  'audit-log',
  'verifiable-log',
  'account-history',
  'access-grants',
  'deliveries',
  'erasures',
  'anchor',
  'epoch-half',
] as const;

/** Where the lists of applied files stand. */
const HISTORY_SCHEMA = 'read_models';

/**
 * Brings the schemas of the read models up to date, forward only, as their owner. Several processes may do so at once.
 * The roles of ops/sql/roles.sql MUST exist.
 */
export async function migrateReadModels(ownerUrl: string): Promise<void> {
  const client = await connect(ownerUrl, 'candor-migrate');
  try {
    for (const folder of FOLDERS)
      await runner({
        dbClient: client,
        dir: pathOf(folder),
        ignorePattern: String.raw`(?!.*\.sql$).*`,
        direction: 'up',
        migrationsSchema: HISTORY_SCHEMA,
        createMigrationsSchema: true,
        migrationsTable: folder.replaceAll('-', '_'),
        checkOrder: true,
        advisoryLockMode: 'wait',
        log: () => undefined,
      });
  } finally {
    await client.end();
  }
}

/** The statements that make a view's tables, in order, for a rebuild beside the living ones. */
export async function viewSources(folder: string): Promise<string> {
  const files = (await readdir(pathOf(folder))).filter((name) => name.endsWith('.sql')).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(pathOf(folder), name), 'utf8')));
  return texts.join('\n');
}

function pathOf(folder: string): string {
  return fileURLToPath(new URL(folder, import.meta.url));
}
