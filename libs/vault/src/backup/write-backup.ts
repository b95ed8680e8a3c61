import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Database, Rows } from '../pg/database.js';
import { BACKUP_TABLES, BackupFault, FORMAT } from './tables.js';

const ROWS_AT_ONCE = 5_000;

/**
 * Writes all of the vault as it is at one moment: wraps, blind rows, tombstones; no key, no secret, no value. The file is
 * its owner's only, whole and durable, and there was none at this path. Lines of JSON: what it is; `{t, r}` a table's
 * row each; `{t: "end", rows, sha256}` over all bytes before that line.
 * @returns how many rows
 * @throws BackupFault, VaultUnavailable
 */
export async function writeBackup(database: Database, path: string, takenAt: Date): Promise<number> {
  const temporary = `${path}.${randomUUID()}`;
  const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600).catch(
    (cause: unknown) => {
      throw new BackupFault(`The backup ${path} cannot be written.`, { cause });
    },
  );
  try {
    const hash = createHash('sha256');
    const write = async (lines: string) => {
      hash.update(lines);
      await file.writeFile(lines);
    };
    let count = 0;
    await write(`${JSON.stringify({ candor: FORMAT, takenAt: takenAt.toISOString() })}\n`);
    await database.transaction(async (rows) => {
      for (const name of BACKUP_TABLES) {
        await eachPart(rows, name, async (part) => {
          count += part.length;
          await write(part.map((row) => `{"t":"${name}","r":${row}}\n`).join(''));
        });
      }
    }, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await file.writeFile(`${JSON.stringify({ t: 'end', rows: count, sha256: hash.digest('base64') })}\n`);
    await file.sync();
    await publish(temporary, path);
    return count;
  } finally {
    await file.close();
    await unlink(temporary).catch(() => undefined);
  }
}

async function eachPart(
  rows: Rows,
  table: string,
  take: (part: readonly string[]) => Promise<void>,
): Promise<void> {
  await rows(`DECLARE part NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS row FROM vault.${table} t`);
  for (;;) {
    const part = await rows<{ row: string }>(`FETCH ${ROWS_AT_ONCE} FROM part`);
    if (part.length === 0) break;
    await take(part.map(({ row }) => row));
  }
  await rows('CLOSE part');
}

/** Under its name only when every byte is there, and never over another backup. */
async function publish(temporary: string, path: string): Promise<void> {
  await link(temporary, path).catch((cause: unknown) => {
    throw new BackupFault(`The backup ${path} cannot be written: is there one already?`, { cause });
  });
  const folder = await open(dirname(path), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
