import { Pool } from 'pg';
import { Database, type Rows } from '../pg/database.js';
import { migrateVault } from '../migrate.js';
import { type BackupPart, type BackupEnd, readBackup } from './read-backup.js';
import { BACKUP_TABLES, BackupFault } from './tables.js';

/**
 * Puts a backup into an empty vault, all of it or nothing.
 * @param ownerUrl a connection as candor_owner; the vault's tables are made where there are none
 * @param check sees what was put in before it counts; what it throws takes everything back
 * @throws BackupFault when the vault is not empty or the backup not whole; VaultUnavailable; what `check` throws
 */
export async function restoreBackup(
  ownerUrl: string,
  path: string,
  check: (rows: Rows) => Promise<void>,
): Promise<BackupEnd> {
  await migrateVault(ownerUrl);
  const pool = new Pool({ connectionString: ownerUrl, max: 1, connectionTimeoutMillis: 5_000 });
  const database = new Database(pool);
  try {
    return await database.transaction(async (rows) => {
      await requireEmpty(rows);
      const end = await readBackup(path, (part) => insert(rows, part));
      // What an empty vault has swept says nothing about this one.
      await rows('UPDATE vault.sweep SET position = NULL, event_id = NULL, ended_at = NULL');
      // Nor does what was an orphan when the backup was taken: who was given it since took that back elsewhere.
      for (const table of ['data_key', 'subject'])
        await rows(`UPDATE vault.${table} SET orphan_since = NULL WHERE orphan_since IS NOT NULL`);
      await check(rows);
      return end;
    });
  } finally {
    await database.close();
  }
}

async function requireEmpty(rows: Rows): Promise<void> {
  for (const table of BACKUP_TABLES) {
    await rows(`LOCK TABLE vault.${table} IN ACCESS EXCLUSIVE MODE`);
    // Its one row is there from the beginning, and the backup has its own.
    if (table === 'erasures_applied') await rows('DELETE FROM vault.erasures_applied WHERE revision = -1');
    const [row] = await rows(`SELECT 1 FROM vault.${table} LIMIT 1`);
    if (row !== undefined) throw new BackupFault('The vault is not empty: nothing is restored over it.');
  }
}

/** A column that a backup from before it does not have gets its default; one that the vault does not have is refused. */
async function insert(rows: Rows, { table, rows: part }: BackupPart): Promise<void> {
  const [first = {}] = part;
  const columns = Object.keys(first);
  if (!columns.every((column) => /^[a-z_]{1,63}$/.test(column)))
    throw new BackupFault('The backup holds what is no column of the vault.');
  await rows(
    `INSERT INTO vault.${table} (${columns.join(', ')})
     SELECT ${columns.join(', ')} FROM jsonb_populate_recordset(NULL::vault.${table}, $1::jsonb)`,
    [JSON.stringify(part)],
  );
}
