import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WitnessFault } from './fault.js';

/** The largest head of a log that this witness has cosigned. */
export interface WitnessedHead {
  readonly size: number;
  readonly root: Uint8Array;
  /** The cosigned checkpoint. */
  readonly note: string;
}

/**
 * What a witness must never forget, on disk before it answers. The file is locked by this process: two witnesses with one
 * key and two memories could sign two histories.
 */
export class Heads {
  private readonly database: DatabaseSync;

  /** @throws WitnessFault when the folder cannot be used, or another witness uses it */
  constructor(directory: string) {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const path = join(directory, 'heads.db');
      this.database = new DatabaseSync(path, { timeout: 0 });
      this.database.exec(
        'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;',
      );
      if (process.platform === 'darwin') this.database.exec('PRAGMA fullfsync = ON');
      this.database.exec(
        'CREATE TABLE IF NOT EXISTS head (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL) STRICT',
      );
      // Takes the lock, which the locking mode then keeps.
      this.database.exec('BEGIN EXCLUSIVE; COMMIT');
      chmodSync(path, 0o600);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new WitnessFault(
        `The folder ${directory} cannot be used (${reason}): is another witness running there?`,
      );
    }
  }

  get(origin: string): WitnessedHead | undefined {
    const row = this.database.prepare('SELECT size, root, note FROM head WHERE origin = ?').get(origin);
    if (row === undefined) return undefined;
    const { size, root, note } = row as { size: number; root: Uint8Array; note: string };
    return { size, root, note };
  }

  /**
   * Puts a head in the place of the one it was compared with. Durable when it returns.
   * @returns false when another was stored meanwhile: nothing is changed
   */
  replace(origin: string, from: WitnessedHead | undefined, to: WitnessedHead): boolean {
    const changed =
      from === undefined
        ? this.database
            .prepare('INSERT INTO head (origin, size, root, note) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
            .run(origin, to.size, to.root, to.note)
        : this.database
            .prepare(
              'UPDATE head SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ? AND root = ?',
            )
            .run(to.size, to.root, to.note, origin, from.size, from.root);
    return changed.changes === 1;
  }

  close(): void {
    this.database.close();
  }
}
